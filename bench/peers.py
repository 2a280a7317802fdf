"""What the benchmarks share: the folder of the project, pinned Python peers, and one small model."""
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
DATA = ROOT / "data" / "yrbss.csv"


def quiet(*command, **options):
    subprocess.run([str(part) for part in command], check=True, stdout=subprocess.DEVNULL, **options)


def install(venv: pathlib.Path, requirements: list[str]) -> pathlib.Path:
    """The programs of a Python environment that holds these packages; made at most once."""
    done, wanted = venv / "installed.txt", "\n".join(requirements)
    if not done.exists() or done.read_text() != wanted:
        quiet(sys.executable, "-m", "venv", venv)
        quiet(venv / "bin" / "pip", "install", "-q", *requirements)
        done.write_text(wanted)
    return venv / "bin"


def train_gender(build: pathlib.Path, cache: pathlib.Path) -> pathlib.Path:
    model = cache / "gender.skymill"
    quiet(build / "skymill", "train", DATA, "--label", "gender", "--features", "age,height,weight",
          "--model", "logistic_regression", "--out", model, "--quiet")
    return model
