"""Packs everything as a release does, into a folder that NuGet takes for a feed.

It packs twice, from copies of the sources in two folders: the same sources have to give the same packages wherever they lie. Both copies
are a repository of their own with a remote, so that the packages name where their sources are.

Usage: feed.py [--release] FOLDER. The packages are in FOLDER/feed then, the sources that they were made from in FOLDER/tree. With --release
the copies are clones of the commit that is checked out, and have its remote: the packages are those that are published.
"""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as xml
import zipfile
from pathlib import Path

CI = Path(__file__).resolve().parent
ROOT = CI.parent
# NuGet draws a name for this entry, and names it in the other.
DRAWN = re.compile(r"^(package/services/metadata/core-properties/.*\.psmdcp|_rels/\.rels)$")
SOURCES = ("src", "templates", "Directory.Build.props", "Directory.Packages.props", "global.json", "WsProto.sln", ".editorconfig",
           ".gitignore", "LICENSE")
OURS = re.compile(r"^(lib|tools)/.*/WsProto[^/]*\.dll$")
RELATIVE_LINK = re.compile(r"\]\((?!https://|#)")
WANTED = ("description", "license", "readme", "icon", "tags", "authors", "releaseNotes")
ADDRESS = "https://github.com/example/wsproto"  # of copies; it leads nowhere
RAW = "https://raw.githubusercontent.com/{}/{}/"  # where GitHub has the sources of a repository and a commit
AUTHOR = {f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER")
          for what, value in (("NAME", "gate"), ("EMAIL", "gate@localhost"), ("DATE", "2000-01-01T00:00:00Z"))}

# Gives a test program the packages of a feed, and nothing that an earlier run left in the machine's cache.
CONSUMER = """<Project>
  <PropertyGroup>
    <RestoreAdditionalProjectSources>{feed}</RestoreAdditionalProjectSources>
    <RestorePackagesPath>{packages}</RestorePackagesPath>
    <RestoreFallbackFolders>{cache}</RestoreFallbackFolders>
    <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
    <WsProtoVersion>{version}</WsProtoVersion>
  </PropertyGroup>
</Project>
"""

ALL = """<Project>
  <ItemGroup><Program Include="*/*.csproj" /></ItemGroup>
  <Target Name="Restore"><MSBuild Projects="@(Program)" Targets="Restore" BuildInParallel="true" /></Target>
  <Target Name="{target}"><MSBuild Projects="@(Program)" Targets="{target}" BuildInParallel="true" /></Target>
</Project>
"""


# `timeout` ends a program so; it ends as always then, and leaves no folder behind.
signal.signal(signal.SIGTERM, lambda *_: sys.exit("out of time"))


def run(*command, cwd=None, env=None, timeout=600):
    """What a command prints. If it fails, so does this program."""
    done = subprocess.run(command, cwd=cwd, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=timeout)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}\n{done.stdout}")
    return done.stdout


def consume(folder, feed, target="Build"):
    """Restores and builds all projects in the folders of a folder, with the packages of a feed. A warning is an error."""
    cache = run("dotnet", "nuget", "locals", "global-packages", "--list").split(": ", 1)[1].strip()
    (folder / "Directory.Build.props").write_text(
        CONSUMER.format(feed=feed, packages=folder / "packages", cache=cache, version=version_of(feed)))
    (folder / "all.proj").write_text(ALL.format(target=target))
    for goal in ("Restore", target):
        run("dotnet", "msbuild", "all.proj", f"-t:{goal}", "-m", "-v:q", "-nologo", "-warnaserror", *compiler(), cwd=folder)


def compiler():
    """Arguments for MSBuild: which compiler server to use, if the caller has one."""
    server = os.environ.get("WSPROTO_COMPILER")
    return (f"-p:SharedCompilationId={server}", "-p:UseSharedCompilation=true") if server else ()


def version_of(feed):
    versions = [package.stem.removeprefix("WsProto.") for package in feed.glob("WsProto.[0-9]*.nupkg")]
    if len(versions) != 1:
        sys.exit(f"{feed} has to have one package WsProto, and has {len(versions)}")
    return versions[0]


def copy(tree):
    """Copies the sources of all packages, with a commit of their own: the same in each copy."""
    files = run("git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *SOURCES, cwd=ROOT).splitlines()
    for file in files:
        if (ROOT / file).exists():
            (tree / file).parent.mkdir(parents=True, exist_ok=True)
            (tree / file).write_bytes((ROOT / file).read_bytes())
    run("git", "init", "-q", cwd=tree)
    run("git", "remote", "add", "origin", ADDRESS, cwd=tree)
    run("git", "add", "-A", cwd=tree)
    run("git", "commit", "-q", "-m", "Sources", cwd=tree, env={**os.environ, **AUTHOR})


def clone(tree):
    """Clones the commit that is checked out, with the remote that it came from."""
    run("git", "clone", "-q", "--no-local", "--depth=1", f"file://{ROOT}", tree)
    run("git", "remote", "set-url", "origin", run("git", "remote", "get-url", "origin", cwd=ROOT).strip(), cwd=tree)
    commits = [run("git", "rev-parse", "HEAD", cwd=folder) for folder in (ROOT, tree)]
    if commits[0] != commits[1]:
        sys.exit(f"the clone has the commit {commits[1]}and not {commits[0]}")


def projects(tree):
    """The projects that are packed."""
    return sorted([*tree.glob("src/*/*.csproj"), *tree.glob("templates/*.csproj")])


def origin(tree):
    """The repository and the commit that packages have to name."""
    address = run("git", "remote", "get-url", "origin", cwd=tree).strip().removesuffix(".git")
    if not address.startswith("https://github.com/"):
        sys.exit(f"{address} is no repository of GitHub: RAW has to say where the sources are")
    return address, run("git", "rev-parse", "HEAD", cwd=tree).strip()


def release(tree, *command):
    """Begins a command over the projects in a folder. The analyzers have had their say in the build of the solution."""
    return subprocess.Popen(
        ("dotnet", command[0], "packages.slnf", "-c", "Release", *command[1:], "-p:ContinuousIntegrationBuild=true",
         "-p:RunAnalyzers=false", "-v:q", "-warnaserror", *compiler()),
        cwd=tree, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def wait(running):
    """Waits for commands. If one of them fails, so does this program."""
    printed = [process.communicate()[0] for process in running]
    for process, words in zip(running, printed):
        if process.returncode != 0:
            sys.exit(words)


def make(work, get=copy):
    """Makes the feed below a folder, and returns it. Whatever is wrong with a package ends this program."""
    trees, feeds = [work / "tree", work / "elsewhere" / "copy"], [work / "feed", work / "feed-of-the-copy"]
    for tree in trees:
        get(tree)
        names = [str(path.relative_to(tree)) for path in projects(tree)]
        (tree / "packages.slnf").write_text(json.dumps({"solution": {"path": "WsProto.sln", "projects": names}}))
    wait([release(tree, "build") for tree in trees])
    run("dotnet", "run", CI / "documentation.cs", "--", *(tree / "src" for tree in trees))
    wait([release(tree, "pack", "--no-build", "-o", feed) for tree, feed in zip(trees, feeds)])
    packages = sorted(feeds[0].glob("*nupkg"))
    wanted = {path.stem for path in projects(trees[0])}
    made = {package.name.removesuffix(f".{version_of(feeds[0])}.nupkg") for package in packages if package.suffix == ".nupkg"}
    source = origin(trees[0])
    faults = [f"{name}: it is not one package for one project" for name in sorted(wanted ^ made)]
    faults += [fault for package in packages for fault in look_at(package, source)]
    faults += [fault for package in packages for fault in compare(package, feeds[1] / package.name, trees)]
    if faults:
        sys.exit("\n".join(faults))
    raw = RAW.format(source[0].removeprefix("https://github.com/"), source[1])
    run("dotnet", "run", CI / "symbols.cs", "--", feeds[0], trees[0], raw)
    return feeds[0]


def look_at(package, source):
    """What is wrong with a package, or with a package of symbols."""
    with zipfile.ZipFile(package) as files:
        names = set(files.namelist())
        nuspec = next(name for name in names if name.endswith(".nuspec"))
        tags = {tag.tag.split("}")[1]: tag for tag in xml.fromstring(files.read(nuspec)).iter()}
        metadata = {name: tag.text for name, tag in tags.items()}
        repository = tags["repository"].attrib if "repository" in tags else {}
        if (repository.get("url", "").removesuffix(".git"), repository.get("commit")) != source:
            yield f"{package.name}: its repository is {repository or 'missing'}, and not {' at '.join(source)}"
        if package.suffix == ".snupkg":
            return
        yield from (f"{package.name}: no {field}" for field in WANTED if not metadata.get(field))
        if metadata.get("readme") in names and RELATIVE_LINK.search(files.read(metadata["readme"]).decode()):
            yield f"{package.name}: its README has a link that leads nowhere outside the repository"
        assemblies = [name for name in names if OURS.match(name)]
        libraries = [name for name in assemblies if name.startswith("lib/")]
        yield from (f"{package.name}: {name} has no documentation" for name in libraries if name[:-4] + ".xml" not in names)
        for name in libraries:
            yield from (f"{package.name}: {fault}" for fault in undisclosed(name, files.read(name[:-4] + ".xml").decode()))
        symbols = package.with_suffix(".snupkg")
        with_symbols = set(zipfile.ZipFile(symbols).namelist()) if symbols.exists() else set()
        yield from (f"{package.name}: {name} has no symbols" for name in assemblies if name[:-4] + ".pdb" not in with_symbols)


def undisclosed(assembly, documentation):
    """Which documented members of a library its public API does not list."""
    library = Path(assembly).stem
    listed = set(re.findall(r"\w+", (ROOT / "src" / library / "PublicApi.approved.txt").read_text()))
    for member in re.findall(r'<member name="\w:([^"(~]+)', documentation):
        name = re.sub(r"`+[0-9]+", "", member).split(".")[-1]
        # As the listing has them; what records write is not in it.
        if not {name, f"get_{name}", {"Item": "this", "#ctor": "public"}.get(name)} & {*listed, "PrintMembers"}:
            yield f"{member} is documented and not public"


def compare(package, other, trees):
    """In what a package differs from the one made elsewhere, and where it tells in which folder it was made."""
    with zipfile.ZipFile(package) as files, zipfile.ZipFile(other) as copies:
        contents = [{name: zip.read(name) for name in zip.namelist() if not DRAWN.match(name)} for zip in (files, copies)]
    yield from (f"{package.name}: {name} is different when it is built in another folder"
                for name in sorted(contents[0].keys() | contents[1].keys()) if contents[0].get(name) != contents[1].get(name))
    yield from (f"{package.name}: {name} has the path of the folder that it was built in"
                for name, content in contents[0].items() if str(trees[0]).encode() in content)


def given(arguments):
    """The feed in the folder that the arguments of a program name, or one that is made now; as a context."""
    folder = next((Path(one).resolve() for one in arguments if not one.startswith("-")), None)
    return Given(folder)


class Given:
    """A feed for the time of a `with`, and a folder to work in."""

    def __init__(self, folder):
        self._folder = folder
        self._work = tempfile.TemporaryDirectory(prefix="wsproto-packages-")

    def __enter__(self):
        work = Path(self._work.__enter__())
        return self._folder / "feed" if self._folder else make(work), work

    def __exit__(self, *what):
        self._work.__exit__(*what)


if __name__ == "__main__":
    made = make(Path(sys.argv[-1]).resolve(), clone if "--release" in sys.argv else copy)
    print(f"{len(list(made.glob('*.nupkg')))} packages, the same from two folders")
