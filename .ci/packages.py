"""Installs each package from a folder into an empty project, where the program of its README has to compile without a warning and print
what the README says. A README whose code is marked as an example has no program of its own: tests compile that.

Usage: packages.py [--accept] [FOLDER]. FOLDER is what .ci/feed.py made; without it the packages are made first. With --accept, what the
programs print is written into the READMEs.
"""

import re
import sys

import feed as feeds

PROGRAM = re.compile(r"(?<!-->\n)```csharp\n(.*?)```", re.DOTALL)
OUTPUT = re.compile(r"```text\n(.*?)```", re.DOTALL)
ADDED = re.compile(r"^dotnet add package (\S+)$", re.MULTILINE)
NO_PROGRAM = ("WsProto.Cli", "WsProto.Templates")  # .ci/publish-tool and .ci/templates.py install them

PROJECT = """<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <OutputType>Exe</OutputType>
    <TargetFramework>net10.0</TargetFramework>
    <ImplicitUsings>enable</ImplicitUsings>
    <Nullable>enable</Nullable>
    <InvariantGlobalization>true</InvariantGlobalization>
  </PropertyGroup>
  <ItemGroup>
{references}
  </ItemGroup>
</Project>
"""


def judge(feed, work, accept):
    version = feeds.version_of(feed)
    expected = {}
    for package in sorted(feed.glob("*.nupkg")):
        name = package.name.removesuffix(f".{version}.nupkg")
        if name in NO_PROGRAM:
            continue
        readme = feeds.ROOT / "src" / name / "README.md"
        text = readme.read_text()
        program, output = PROGRAM.search(text), OUTPUT.search(text)
        if bool(program) != bool(output):
            sys.exit(f"{readme}: it has a program without its output, or an output without a program")
        folder = work / "programs" / name
        folder.mkdir(parents=True)
        added = dict.fromkeys([name, *ADDED.findall(text)])
        references = "\n".join(f'    <PackageReference Include="{one}" Version="{version}" />' for one in added)
        (folder / f"Try.{name}.csproj").write_text(PROJECT.format(references=references))
        (folder / "Program.cs").write_text(program[1] if output else 'Console.WriteLine("installed");\n')
        expected[name] = (readme, output[1] if output else "installed\n")

    feeds.consume(work / "programs", feed)
    faults = []
    for name, (readme, output) in expected.items():
        printed = feeds.run("dotnet", work / "programs" / name / "bin" / "Debug" / "net10.0" / f"Try.{name}.dll", timeout=60)
        if printed == output:
            continue
        if accept:
            readme.write_text(OUTPUT.sub(lambda _: f"```text\n{printed}```", readme.read_text(), count=1))
        else:
            faults.append(f"{name}: its program prints\n{printed}and not\n{output}")

    print("\n".join(faults) or f"{len(expected)} packages")
    return 1 if faults else 0


def main(arguments):
    with feeds.given(arguments) as (feed, work):
        return judge(feed, work, "--accept" in arguments)


sys.exit(main(sys.argv[1:]))
