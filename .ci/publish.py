"""Publishes the program in tests/Publish in each way that .NET has, with the packages of a folder, and runs what came out: the runtime's
zlib is in another place each time, and compression has to work there. A warning, of trimming or ahead-of-time compilation too, is an error.

Usage: publish.py [FOLDER]. FOLDER is what .ci/feed.py made; without it the packages are made first. Native AOT needs a linker, gcc or
clang.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import feed as feeds

SELF_CONTAINED = "<SelfContained>true</SelfContained>"
SINGLE_FILE = "<PublishSingleFile>true</PublishSingleFile>"
TRIMMED = "<PublishTrimmed>true</PublishTrimmed>"
WAYS = {
    "native-aot": "<PublishAot>true</PublishAot>",  # the longest; with it, a server and a client of Socket.IO talk too
    "trimmed-single-file": SELF_CONTAINED + TRIMMED + SINGLE_FILE,
    "trimmed": SELF_CONTAINED + TRIMMED,
    "self-contained-single-file": SELF_CONTAINED + SINGLE_FILE,
    "self-contained": SELF_CONTAINED,
    "ready-to-run": "<SelfContained>false</SelfContained><PublishReadyToRun>true</PublishReadyToRun>",
    "single-file": "<SelfContained>false</SelfContained>" + SINGLE_FILE,
    "framework-dependent": "<SelfContained>false</SelfContained>",
}
# What is smaller than what: a way that has had no effect is as large as another.
SMALLER = (
    ("trimmed", "self-contained"),
    ("trimmed-single-file", "self-contained-single-file"),
    ("native-aot", "self-contained-single-file"),
    ("framework-dependent", "self-contained"),
    ("single-file", "self-contained-single-file"),
    ("framework-dependent", "ready-to-run"),
)
SOCKETIO = ("WsProto.SocketIO.AspNetCore", "WsProto.SocketIO.Client", "WsProto.SocketIO.MessagePack")
SYMBOLS = (".pdb", ".dbg")
ECHO = "13200 bytes came back, compressed both ways.\n"
TALK = "Socket.IO: 6 of 6 ways.\n"

PROJECT = """<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <OutputType>Exe</OutputType>
    <TargetFramework>net10.0</TargetFramework>
    <ImplicitUsings>enable</ImplicitUsings>
    <Nullable>enable</Nullable>
    <InvariantGlobalization>true</InvariantGlobalization>
    <TrimmerSingleWarn>false</TrimmerSingleWarn>
    <RuntimeIdentifier>{runtime}</RuntimeIdentifier>
    <Configuration>Release</Configuration>
    <PublishDir>out/</PublishDir>
    <_IsPublishing>true</_IsPublishing><!-- as `dotnet publish` does -->
    {way}
  </PropertyGroup>
  <ItemGroup>
{references}
    <Compile Include="{sources}/Program.cs" />
    {more}
  </ItemGroup>
</Project>
"""


def publish(feed, work):
    runtime = next(line.split()[1] for line in feeds.run("dotnet", "--info").splitlines() if line.strip().startswith("RID:"))
    sources = feeds.ROOT / "tests" / "Publish"
    for name, way in WAYS.items():
        native = name == "native-aot"
        references = "\n".join(f'    <PackageReference Include="{one}" Version="$(WsProtoVersion)" />'
                               for one in ("WsProto.Adapters", *(SOCKETIO if native else ())))
        more = f'<FrameworkReference Include="Microsoft.AspNetCore.App" /><Compile Include="{sources}/SocketIORoundTrip.cs" />'
        define = "<DefineConstants>$(DefineConstants);SOCKETIO</DefineConstants>"
        (work / name).mkdir(parents=True)
        (work / name / "Published.csproj").write_text(PROJECT.format(
            runtime=runtime, way=way + (define if native else ""), references=references, sources=sources, more=more if native else ""))
    feeds.consume(work, feed, "Publish")
    faults = [fault for name in WAYS for fault in judge(name, work / name / "out")]
    sizes = {name: size(work / name / "out") for name in WAYS}
    faults += [f"{small} has {sizes[small]} bytes, and {large} has {sizes[large]}"
               for small, large in SMALLER if sizes[small] >= sizes[large]]
    return faults


def size(folder):
    """The bytes that run: symbols are for debuggers."""
    return sum(path.stat().st_size for path in folder.iterdir() if path.suffix not in SYMBOLS)


def judge(name, folder):
    """What is wrong with a published program."""
    dotnet = Path(shutil.which("dotnet")).resolve().parent  # for programs that do not bring the runtime
    done = subprocess.run([folder / "Published"], env={**os.environ, "DOTNET_ROOT": str(dotnet)},
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120)
    if done.returncode != 0 or done.stdout != ECHO + (TALK if name == "native-aot" else ""):
        yield f"{name}: exit code {done.returncode}\n{done.stdout}"
    if "single-file" in name or name == "native-aot":
        beside = [path.name for path in folder.iterdir() if path.suffix not in SYMBOLS and path.name != "Published"]
        if beside:
            yield f"{name}: more than one file, {', '.join(sorted(beside))}"


def main(arguments):
    with feeds.given(arguments) as (feed, work):
        faults = publish(feed, work / "published")
    print("\n".join(faults) or f"{len(WAYS)} ways")
    return 1 if faults else 0


sys.exit(main(sys.argv[1:]))
