"""Packs all that was built, looks at the packages, and installs each from a folder into an empty project, where the program of its README
has to compile without a warning and print what the README says.

Usage: packages.py [--accept]. With --accept, what the programs print is written into the READMEs.
"""

import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as xml
import zipfile
from pathlib import Path

PROGRAM = re.compile(r"(?<!-->\n)```csharp\n(.*?)```", re.DOTALL)
OUTPUT = re.compile(r"```text\n(.*?)```", re.DOTALL)
ADDED = re.compile(r"^dotnet add package (\S+)$", re.MULTILINE)
RELATIVE_LINK = re.compile(r"\]\((?!https://|#)")
WANTED = ("description", "license", "readme", "icon", "tags", "authors", "releaseNotes")

PROJECT = """<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <OutputType>Exe</OutputType>
    <TargetFramework>net10.0</TargetFramework>
    <ImplicitUsings>enable</ImplicitUsings>
    <Nullable>enable</Nullable>
    <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
    <InvariantGlobalization>true</InvariantGlobalization>
    <RestoreAdditionalProjectSources>{feed}</RestoreAdditionalProjectSources>
    <RestorePackagesPath>{packages}</RestorePackagesPath>
    <RestoreFallbackFolders>{cache}</RestoreFallbackFolders>
  </PropertyGroup>
  <ItemGroup>
{references}
  </ItemGroup>
</Project>
"""

ALL = """<Project>
  <ItemGroup><Program Include="*/*.csproj" /></ItemGroup>
  <Target Name="Restore"><MSBuild Projects="@(Program)" Targets="Restore" /></Target>
  <Target Name="Build"><MSBuild Projects="@(Program)" Targets="Build" BuildInParallel="true" /></Target>
</Project>
"""


def run(*command, cwd=None):
    done = subprocess.run(command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}\n{done.stdout}")
    return done.stdout


def look_at(package):
    """What is wrong with a package."""
    with zipfile.ZipFile(package) as files:
        names = set(files.namelist())
        nuspec = next(name for name in names if name.endswith(".nuspec"))
        metadata = {tag.tag.split("}")[1]: tag.text for tag in xml.fromstring(files.read(nuspec)).iter()}
        yield from (f"{package.name}: no {field}" for field in WANTED if not metadata.get(field))
        if metadata.get("readme") in names and RELATIVE_LINK.search(files.read(metadata["readme"]).decode()):
            yield f"{package.name}: its README has a link that leads nowhere outside the repository"
        yield from (f"{package.name}: {name} has no documentation" for name in names
                    if name.startswith("lib/") and name.endswith(".dll") and name[:-4] + ".xml" not in names)


def main(accept):
    with tempfile.TemporaryDirectory(prefix="wsproto-packages-") as work:
        return judge(Path.cwd(), Path(work), accept)


def judge(root, work, accept):
    feed, packages = work / "feed", work / "packages"
    run("dotnet", "pack", "WsProto.sln", "--no-build", "-c", "Debug", "-o", feed, "-p:PackAsTool=false")
    version = next(feed.glob("WsProto.[0-9]*.nupkg")).stem.removeprefix("WsProto.")
    cache = run("dotnet", "nuget", "locals", "global-packages", "--list").split(": ", 1)[1].strip()
    faults = [fault for package in sorted(feed.glob("*.nupkg")) for fault in look_at(package)]
    expected = {}
    for package in sorted(feed.glob("*.nupkg")):
        name = package.name.removesuffix(f".{version}.nupkg")
        if name == "WsProto.Cli":
            continue  # a tool: .ci/publish-tool installs it
        readme = root / "src" / name / "README.md"
        text = readme.read_text()
        program, output = PROGRAM.search(text), OUTPUT.search(text)
        folder = work / "programs" / name
        folder.mkdir(parents=True)
        added = dict.fromkeys([name, *ADDED.findall(text)])
        references = "\n".join(f'    <PackageReference Include="{one}" Version="{version}" />' for one in added)
        (folder / f"Try.{name}.csproj").write_text(PROJECT.format(feed=feed, packages=packages, cache=cache, references=references))
        (folder / "Program.cs").write_text(program[1] if output else 'Console.WriteLine("installed");\n')
        expected[name] = (readme, output[1] if output else "installed\n")

    (work / "programs" / "all.proj").write_text(ALL)
    run("dotnet", "msbuild", "all.proj", "-t:Restore", "-v:q", "-nologo", cwd=work / "programs")
    run("dotnet", "msbuild", "all.proj", "-t:Build", "-m", "-v:q", "-nologo", cwd=work / "programs")
    for name, (readme, output) in expected.items():
        printed = run("dotnet", work / "programs" / name / "bin" / "Debug" / "net10.0" / f"Try.{name}.dll")
        if printed == output:
            continue
        if accept:
            readme.write_text(OUTPUT.sub(lambda _: f"```text\n{printed}```", readme.read_text(), count=1))
        else:
            faults.append(f"{name}: its program prints\n{printed}and not\n{output}")

    print("\n".join(faults) or f"{len(expected)} packages")
    return 1 if faults else 0


sys.exit(main("--accept" in sys.argv))
