"""Packages of npm for a test, installed once into a folder of the build."""

import shutil
import subprocess

SECONDS = 180
WORDS = ["--no-audit", "--no-fund", "--ignore-scripts", "--no-progress"]


def install(what, source, folder):
    """Installs what the package.json in `source` names, as its lock says where there is one.

    Nothing, or why that is not possible; `what` names the packages in that sentence.
    """
    if not shutil.which("node") or not shutil.which("npm"):
        return "there is no node, or no npm"
    files = [source / name for name in ("package.json", "package-lock.json") if (source / name).exists()]
    wanted = "".join(file.read_text() for file in files)
    done = folder / "installed.json"
    if done.exists() and done.read_text() == wanted:
        return None
    folder.mkdir(parents=True, exist_ok=True)
    for file in files:
        shutil.copyfile(file, folder / file.name)
    command = ["npm", "ci" if len(files) == 2 else "install", *WORDS]
    try:
        result = subprocess.run(command, cwd=folder, capture_output=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return f"npm did not install {what} in {SECONDS} s"
    if result.returncode != 0:
        return f"npm could not install {what}: " + result.stderr.decode(errors="replace")[-500:]
    done.write_text(wanted)
    return None
