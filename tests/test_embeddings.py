"""Encoders: models read from real folders, checked, looked for on this machine only."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from model2vec import StaticModel
from onnx_files import write_gather
from safetensors.numpy import load_file, save_file
from small_models import SMALL
from tokenizers import Tokenizer

from syndetect import embeddings
from syndetect.errors import SettingsError
from syndetect.schema import F32

TEXTS = [
    "The bridge was closed on Tuesday.", "Le pont est fermé mardi, dit la mairie.", "大桥星期二关闭。", "Мост", "",
    "أغلق الجسر يوم الثلاثاء",
]  # fmt: skip


def _cosines(a: F32, b: F32) -> F32:
    length = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    cosines: F32 = np.einsum("ij,ij->i", a, b)[length > 0] / length[length > 0]
    return cosines


def _encode(name: Path | str, texts: list[str] = TEXTS) -> F32:
    vectors: F32 = embeddings.encode_texts(embeddings.load_model(str(name)), texts).astype(np.float32)
    return vectors


@pytest.fixture
def folder(small_model: Path) -> Path:
    """A folder as model2vec saves it; not to be changed."""
    return small_model


def _static_folder(folder: Path, to: Path) -> Path:
    """As sentence-transformers saves a StaticEmbedding."""
    inner = to / "0_StaticEmbedding"
    inner.mkdir(parents=True)
    vectors = load_file(folder / "model.safetensors")["embeddings"]
    save_file({"embedding.weight": vectors}, inner / "model.safetensors")
    shutil.copy(folder / "tokenizer.json", inner)
    kind = "sentence_transformers.sentence_transformer.modules.static_embedding.StaticEmbedding"
    (to / "modules.json").write_text(json.dumps([{"idx": 0, "name": "0", "path": inner.name, "type": kind}]))
    return to


def _onnx_folder(folder: Path, to: Path) -> Path:
    write_gather(to / "onnx" / "model.onnx", load_file(folder / "model.safetensors")["embeddings"])
    shutil.copy(folder / "tokenizer.json", to)
    return to


def test_a_model2vec_folder_gives_the_vectors_that_model2vec_gives(folder: Path) -> None:
    peer = StaticModel.from_pretrained(folder, force_download=False)
    assert _cosines(_encode(folder), peer.encode(TEXTS)) == pytest.approx(1.0, abs=1e-3)


@pytest.mark.parametrize("kind", ["float16", "int8", "vocabulary"])
def test_quantised_models_are_read_as_model2vec_reads_them(folder: Path, tmp_path: Path, kind: str) -> None:
    whole = StaticModel.from_pretrained(folder, force_download=False)
    vectors, mapping, weights = whole.embedding, None, None
    if kind == "vocabulary":
        mapping = np.arange(len(vectors)) // 2
        weights = np.linspace(0.5, 2.0, len(vectors), dtype=np.float32)
        vectors = vectors[::2]
    elif kind == "int8":
        vectors = (vectors / np.abs(vectors).max() * 127).astype(np.int8)
    else:
        vectors = vectors.astype(np.float16)
    peer = StaticModel(
        vectors, whole.tokenizer, config={"model_type": "model2vec"}, weights=weights, token_mapping=mapping
    )
    peer.save_pretrained(tmp_path)
    found = _cosines(_encode(tmp_path), peer.encode(TEXTS).astype(np.float32))
    assert len(found) == 5
    assert found == pytest.approx(1.0, abs=1e-3)


def test_a_static_folder_of_sentence_transformers_gives_the_same_as_one_of_model2vec(
    folder: Path, tmp_path: Path
) -> None:
    assert _encode(_static_folder(folder, tmp_path)) == pytest.approx(_encode(folder), abs=1e-3)


def test_an_onnx_export_gives_the_mean_of_the_states_of_its_tokens(folder: Path, tmp_path: Path) -> None:
    # No token is unknown here, so the mean over all is that of the static model.
    texts = [text for text in TEXTS if text]
    assert _encode(_onnx_folder(folder, tmp_path), texts) == pytest.approx(_encode(folder, texts), abs=1e-3)


def test_texts_of_any_length_in_one_batch_do_not_change_each_other(folder: Path, tmp_path: Path) -> None:
    model = embeddings.load_model(str(_onnx_folder(folder, tmp_path)))
    texts = [" ".join(TEXTS[:4] * n) for n in (1, 40, 3, 200, 2)]
    together = embeddings.encode_texts(model, texts)
    alone = np.concatenate([embeddings.encode_texts(model, [text]) for text in texts])
    assert together == pytest.approx(alone, abs=2e-3)


def test_an_onnx_export_that_pools_by_its_first_token_is_read_so(folder: Path, tmp_path: Path) -> None:
    _onnx_folder(folder, tmp_path)
    (tmp_path / "1_Pooling").mkdir()
    (tmp_path / "1_Pooling" / "config.json").write_text('{"pooling_mode_cls_token": true}')
    first = Tokenizer.from_file(str(tmp_path / "tokenizer.json")).encode(TEXTS[0]).ids[0]
    wanted = load_file(folder / "model.safetensors")["embeddings"][[first]]
    assert _cosines(_encode(tmp_path, TEXTS[:1]), wanted) == pytest.approx(1.0, abs=1e-3)


@pytest.mark.parametrize("kind", ["static", "onnx"])
def test_the_prompt_that_a_model_asks_for_stands_before_each_text(folder: Path, tmp_path: Path, kind: str) -> None:
    made = (_static_folder if kind == "static" else _onnx_folder)(folder, tmp_path / kind)
    prompted = [f"query: {text}" for text in TEXTS[:4]]
    plain = _encode(made, prompted)
    prompts = {"prompts": {"query": "query: ", "passage": "passage: "}, "default_prompt_name": None}
    (made / "config_sentence_transformers.json").write_text(json.dumps(prompts))
    assert _encode(made, TEXTS[:4]) == pytest.approx(plain, abs=1e-3)


def test_tokens_past_the_length_of_the_model_are_not_read(folder: Path, tmp_path: Path) -> None:
    _onnx_folder(folder, tmp_path)
    (tmp_path / "sentence_bert_config.json").write_text('{"max_seq_length": 4}')
    tokens = Tokenizer.from_file(str(tmp_path / "tokenizer.json"))
    text = TEXTS[0]
    end = tokens.encode(text).offsets[3][1]
    at, past = _encode(tmp_path, [text[:end], text])
    assert at == pytest.approx(past, abs=1e-3)


class _Gives:
    """An encoder that gives what it was told to."""

    def __init__(self, found: object) -> None:
        self._found = found

    def encode(self, texts: list[str], /) -> F32:
        return self._found(len(texts)) if callable(self._found) else self._found  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("gives", "words"),
    [
        (lambda n: np.zeros((n + 1, 3)), r"an array \(5, 3\) for 4 texts, not \(4, dimension\)"),
        (np.zeros, r"an array \(4,\) for 4 texts"),
        (lambda n: np.zeros((n, 0)), r"an array \(4, 0\)"),
        (lambda n: np.full((n, 2), np.nan), r"hold no numbers \(NaN or infinite\) for 4 of 4 texts"),
        ("words", r"gave str instead of numbers"),
    ],
)
def test_what_is_no_vector_is_refused(gives: object, words: str) -> None:
    with pytest.raises(SettingsError, match=words + r".*\[embeddings-vectors\]"):
        embeddings.load_model(_Gives(gives))


def test_an_encoder_that_changes_its_dimension_is_refused() -> None:
    model = embeddings.load_model(_Gives(lambda n: np.ones((n, 3 if n == 4 else 5))))
    assert model.dimension == 3
    with pytest.raises(SettingsError, match=r"an array \(2, 5\) for 2 texts, not \(2, 3\).*\[embeddings-vectors\]"):
        embeddings.encode_texts(model, ["a", "b"])


def test_large_and_small_numbers_give_unit_vectors() -> None:
    model = embeddings.load_model(_Gives(lambda n: np.full((n, 4), 1e30) * np.arange(n)[:, None]))
    vectors = embeddings.encode_texts(model, ["a", "b", "c"])
    assert vectors.dtype == np.float16
    assert np.linalg.norm(vectors.astype(np.float32), axis=1) == pytest.approx([0, 1, 1], abs=1e-3)


def test_a_name_is_looked_for_where_the_hubs_tools_put_it(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HF_HUB_CACHE", raising=False)
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    with pytest.raises(SettingsError) as caught:
        embeddings.load_model("default")
    at = tmp_path / "hub" / "models--minishlab--potion-multilingual-128M"
    assert f"hf download {embeddings.DEFAULT_MODEL} (it goes to {at})" in str(caught.value)
    assert str(caught.value).endswith("[embeddings-missing]")
    shutil.copytree(folder, at / "snapshots" / "1234")
    shutil.copytree(folder, at / "snapshots" / "0123")
    (at / "refs").mkdir()
    (at / "refs" / "main").write_text("1234")
    assert embeddings.find_folder("default").name == "1234"
    model = embeddings.load_model("default")
    assert (model.name, model.dimension) == (embeddings.DEFAULT_MODEL, SMALL)
    (at / "refs" / "main").unlink()
    assert embeddings.find_folder(embeddings.DEFAULT_MODEL).name == "0123"


@pytest.mark.parametrize("name", ["./none", "none", "a/b/c", "/none/at/all"])
def test_what_is_neither_a_folder_nor_a_name_is_told_so(name: str) -> None:
    with pytest.raises(SettingsError, match=r"is no folder, and no name on a hub.*\[embeddings-missing\]"):
        embeddings.load_model(name)


def _truncate(folder: Path) -> None:
    (folder / "model.safetensors").write_bytes((folder / "model.safetensors").read_bytes()[:100])


def _drop_rows(folder: Path) -> None:
    save_file({"embeddings": np.ones((7, 2), np.float32)}, folder / "model.safetensors")


def _rename(folder: Path) -> None:
    save_file({"weight": np.ones((7, 2), np.float32)}, folder / "model.safetensors")


def _spoil(name: str, text: str = "{") -> object:
    return lambda folder: (folder / name).write_text(text)


def _nan(folder: Path) -> None:
    vectors = load_file(folder / "model.safetensors")["embeddings"]
    save_file({"embeddings": vectors * np.float32("nan")}, folder / "model.safetensors")


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (_truncate, r"model\.safetensors can't be read .*\[embeddings-broken\]"),
        (_drop_rows, r"knows \d+ tokens, model\.safetensors has vectors for 7 .*\[embeddings-broken\]"),
        (_rename, r"holds no matrix of embeddings or embedding\.weight, but weight .*\[embeddings-broken\]"),
        (_spoil("tokenizer.json"), r"tokenizer\.json can't be read .*\[embeddings-broken\]"),
        (_spoil("config.json"), r"config\.json is no JSON .*\[embeddings-broken\]"),
        (lambda folder: (folder / "tokenizer.json").unlink(), r"tokenizer\.json can't be read .*\[embeddings-broken\]"),
        (_nan, r"hold no numbers .*\[embeddings-vectors\]"),
    ],
)
def test_a_damaged_folder_is_told_in_a_line(folder: Path, tmp_path: Path, harm: object, words: str) -> None:
    shutil.copytree(folder, tmp_path / "m")
    assert callable(harm)
    harm(tmp_path / "m")
    with pytest.raises(SettingsError, match=words) as caught:
        embeddings.load_model(str(tmp_path / "m"))
    assert "\n" not in str(caught.value)


def test_a_folder_without_a_model_and_a_damaged_graph_are_told(tmp_path: Path, folder: Path) -> None:
    with pytest.raises(SettingsError, match=r"neither a config.json of model2vec, nor model.onnx, .*embeddings-broken"):
        embeddings.load_model(str(tmp_path))
    _onnx_folder(folder, tmp_path)
    (tmp_path / "onnx" / "model.onnx").write_bytes(b"no graph")
    with pytest.raises(SettingsError, match=r"model\.onnx can't be read .*\[embeddings-broken\]"):
        embeddings.load_model(str(tmp_path))


def test_a_model_that_only_sentence_transformers_can_run_says_what_it_needs(tmp_path: Path) -> None:
    kind = "sentence_transformers.models.Transformer"
    (tmp_path / "modules.json").write_text(json.dumps([{"idx": 0, "name": "0", "path": "", "type": kind}]))
    (tmp_path / "config.json").write_text('{"model_type": "bert"}')
    code = (
        "import sys; sys.modules['sentence_transformers'] = None\n"
        "from syndetect import embeddings\n"
        f"embeddings.load_model({str(tmp_path)!r})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "need sentence_transformers, which is not installed; pip install sentence-transformers" in done.stderr
    assert "[embeddings-extra]" in done.stderr


def test_without_the_extra_the_message_names_the_pip_line_and_all_else_works(folder: Path, tmp_path: Path) -> None:
    crawl = tmp_path / "c.jsonl"
    crawl.write_text(json.dumps({"url": "https://a.example/1", "text": "One text. " * 30, "title": "t"}) + "\n")
    code = (
        "import sys\n"
        "for name in ('tokenizers', 'safetensors', 'onnxruntime', 'faiss', 'model2vec'): sys.modules[name] = None\n"
        "from syndetect.cli import run_cli\n"
        f"print(run_cli(['run', {str(crawl)!r}, '--store', {str(tmp_path / 'a.duckdb')!r}]))\n"
        "assert 'syndetect.embeddings' not in sys.modules\n"
        f"print(run_cli(['run', {str(crawl)!r}, '--store', {str(tmp_path / 'b.duckdb')!r},"
        f" '--embeddings', {str(folder)!r}]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["0", "2"], done.stderr
    assert "which is not installed; pip install 'syndetect[embeddings]' [embeddings-extra]" in done.stderr
    assert not (tmp_path / "b.duckdb").exists()


def test_models_are_told_apart_by_their_files_and_encoders_by_their_vectors(folder: Path, tmp_path: Path) -> None:
    first = embeddings.load_model(str(folder))
    assert embeddings.load_model(str(folder)).identity == first.identity
    shutil.copytree(folder, tmp_path / "m")
    vectors = load_file(folder / "model.safetensors")["embeddings"]
    save_file({"embeddings": vectors[:, ::-1].copy()}, tmp_path / "m" / "model.safetensors")
    assert embeddings.load_model(str(tmp_path / "m")).digest != first.digest
    rows = np.random.default_rng(0).normal(size=(4, 8))
    same, other = (embeddings.load_model(_Gives(found)) for found in (rows, rows[:, ::-1]))
    assert same.digest == embeddings.load_model(_Gives(rows.copy())).digest != other.digest
