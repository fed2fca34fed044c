"""A name or a folder -> the model in it, by what the folder holds. Names are looked up on this machine only."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path

from syndetect.embeddings.encoder import Encoder, Model, wrap
from syndetect.errors import SettingsError

DEFAULT_MODEL = "minishlab/potion-multilingual-128M"
"""What `default` stands for: static, so as fast as reading; 101 languages; MIT."""
PIP = "pip install 'syndetect[embeddings]'"
HASHED = {".safetensors", ".onnx", ".onnx_data", ".bin", ".json", ".model", ".txt"}
"""Files that a model's vectors may depend on."""
ONNX_FILES = ("model.onnx", "onnx/model.onnx")


def hub_cache() -> Path:
    """Where the tools of the Hugging Face hub keep what they have fetched."""
    if "HF_HUB_CACHE" in os.environ:
        return Path(os.environ["HF_HUB_CACHE"]).expanduser()
    caches = os.environ.get("XDG_CACHE_HOME", "~/.cache")
    return Path(os.environ.get("HF_HOME", f"{caches}/huggingface")).expanduser() / "hub"


def find_folder(name: str) -> Path:
    """The folder of a model: the path given, or what was fetched under that name before.

    Raises:
        SettingsError: `embeddings-missing`, which says what to fetch and where to put it.
    """
    if Path(name).expanduser().is_dir():
        return Path(name).expanduser()
    repository = DEFAULT_MODEL if name == "default" else name
    at = hub_cache() / f"models--{repository.replace('/', '--')}"
    if repository.count("/") == 1 and (at / "snapshots").is_dir():
        current = at / "refs" / "main"
        named = [at / "snapshots" / current.read_text(encoding="utf-8").strip()] if current.is_file() else []
        for folder in [*named, *sorted((at / "snapshots").iterdir())]:
            if folder.is_dir():
                return folder
    if repository.count("/") != 1 or repository.startswith((".", "/", "~")):
        raise SettingsError(
            f"embeddings {name} is no folder, and no name on a hub (OWNER/MODEL); give the folder of a model, or"
            f" `default` for {DEFAULT_MODEL}",
            slug="embeddings-missing",
        )
    raise SettingsError(
        f"embeddings {repository} is not on this machine, and nothing is downloaded unasked; fetch it with: hf download"
        f" {repository} (it goes to {at}), or put its files into a folder and give --embeddings FOLDER",
        slug="embeddings-missing",
    )


def load_model(given: str | Encoder, *, threads: int = 0) -> Model:
    """Load a model, whatever it is.

    Args:
        given: A folder, OWNER/MODEL of a hub fetched before, `default`; or an encoder.
        threads: For models that compute; 0 for as many as they like.

    Raises:
        SettingsError: `embeddings-missing`, `embeddings-extra`, `embeddings-broken`, `embeddings-vectors`.
    """
    if not isinstance(given, str):
        return wrap(given)
    folder = find_folder(given)
    name = DEFAULT_MODEL if given == "default" else given.rstrip("/")
    try:
        encoder = _reader(folder, threads)()
    except ImportError as error:
        raise SettingsError(
            f"embeddings {given} need {error.name}, which is not installed; "
            + (
                "pip install sentence-transformers, or give a model in ONNX or a static one"
                if error.name and error.name.startswith("sentence_transformers")
                else PIP
            ),
            slug="embeddings-extra",
        ) from None
    except ValueError as error:
        raise SettingsError(
            f"embeddings {given} can't be used: {error} (in {folder}); fetch it again, or give another model",
            slug="embeddings-broken",
        ) from None
    return wrap(encoder, name=name, digest=_digest(folder))


def _reader(folder: Path, threads: int) -> Callable[[], Encoder]:
    """What reads the model of a folder. The libraries are imported when it is called, or not at all."""
    prompt, modules, config = _prompt(folder), _modules(folder), _json(folder / "config.json")

    def static(at: Path) -> Encoder:
        from syndetect.embeddings.static import read_static  # noqa: PLC0415 - needs the extra

        return read_static(at, prompt=prompt)

    def onnx(file: Path) -> Encoder:
        from syndetect.embeddings.onnx import read_onnx  # noqa: PLC0415 - needs the extra

        return read_onnx(folder, file, prompt=prompt, threads=threads)

    def transformer() -> Encoder:
        from syndetect.embeddings.transformers import read_transformer  # noqa: PLC0415 - needs a library of its own

        return read_transformer(folder, prompt=prompt)

    first = modules[0] if modules else ("", "")
    if first[0] == "StaticEmbedding" and {kind for kind, _ in modules[1:]} <= {"Normalize"}:
        return lambda: static(folder / first[1])
    if config.get("model_type") == "model2vec":
        return lambda: static(folder)
    for name in ONNX_FILES:
        if (folder / name).is_file():
            return lambda: onnx(folder / name)
    if modules:
        return transformer

    def nothing() -> Encoder:
        raise ValueError(
            "there is neither a config.json of model2vec, nor model.onnx, nor modules.json of sentence-transformers"
        )

    return nothing


def _modules(folder: Path) -> list[tuple[str, str]]:
    """Kind and folder of each part of a sentence-transformers model."""
    path = folder / "modules.json"
    if not path.is_file():
        return []
    found = _read(path)
    parts = [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
    return [(str(one.get("type", "")).rpartition(".")[2], str(one.get("path", ""))) for one in parts]


def _prompt(folder: Path) -> str:
    """What the model wants before each text: its default prompt, else that for queries, used on both sides."""
    config = _json(folder / "config_sentence_transformers.json")
    prompts = config.get("prompts")
    if not isinstance(prompts, dict):
        return ""
    return str(prompts.get(config.get("default_prompt_name") or "query") or "")


def _json(path: Path) -> dict[str, object]:
    found = _read(path) if path.is_file() else {}
    return found if isinstance(found, dict) else {}


def _read(path: Path) -> object:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, OSError) as error:
        raise SettingsError(
            f"embeddings: {path} is no JSON ({error}); fetch the model again", slug="embeddings-broken"
        ) from None


def _digest(folder: Path) -> str:
    """Of all files that the vectors may depend on, by their names and what they hold."""
    total = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.suffix in HASHED and path.is_file():
            with path.open("rb") as file:
                own = hashlib.file_digest(file, "sha256")
            total.update(f"{path.relative_to(folder).as_posix()} {own.hexdigest()}\n".encode())
    return total.hexdigest()[:16]
