"""Other languages than English are found by words too: inflected, without accents, and without spaces."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from footnoted.index.store.keywords import Keywords, matched_words, words
from footnoted.index.text.languages import language_of, pairs, stems

TEXTS = {
    1: "Die Kündigungsfrist beträgt drei Monate. Der Mieter hat die Häuser und Gärten in gutem Zustand zu übergeben.",
    2: "Les locataires doivent entretenir les jardins. Le loyer est payable au début de chaque mois dans les bureaux.",
    3: "Los inquilinos no pueden tener animales. El alquiler se paga el primer día de cada mes en las oficinas.",
    4: "租客必须在每个月的第一天支付租金。花园由房东负责维护。",
    5: "入居者は毎月一日に家賃を支払います。庭の手入れは大家が行います。",
    6: "The tenants keep the gardens in order. The rent is paid on the first day of every month.",
    7: "세입자는 매월 첫날에 집세를 냅니다. 정원은 집주인이 관리합니다.",
    8: "ผู้เช่าต้องจ่ายค่าเช่าทุกวันแรกของเดือน",
}


@pytest.fixture(scope="module")
def keywords(tmp_path_factory: pytest.TempPathFactory) -> Keywords:
    keywords = Keywords(tmp_path_factory.mktemp("languages"))
    keywords.add((number, number, "", "", text) for number, text in TEXTS.items())
    return keywords


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Wie lang sind die Kündigungsfristen?", 1),
        ("KUNDIGUNGSFRISTEN", 1),
        ("Haus und Garten", 1),
        ("Quand faut-il payer les loyers ?", 2),
        ("locataire", 2),
        ("¿Qué animal puede tener un inquilino?", 3),
        ("oficina", 3),
        ("什么时候支付租金？", 4),
        ("花园", 4),
        ("家賃はいつ払いますか", 5),
        ("庭", 5),
        ("Who keeps the garden?", 6),
        ("집세", 7),
        ("ค่าเช่า", 8),
    ],
)
def test_a_question_finds_its_passage_by_words(keywords: Keywords, question: str, expected: int) -> None:
    found = keywords.search(question, 5)
    assert found, "nothing was found"
    assert found[0][0] == expected


def test_the_language_is_told_by_the_commonest_words() -> None:
    expected = dict(zip((1, 2, 3, 6), ("german", "french", "spanish", "english"), strict=True))
    assert {number: language_of(TEXTS[number]) for number in expected} == expected
    for text in ("", "FIFO LIFO", "Kündigungsfrist", "42", "🙂", TEXTS[4]):
        assert language_of(text) == ""
    assert language_of("Il canone di locazione è pagato dal conduttore ogni mese.") == "italian"
    assert language_of("De huur wordt op de eerste dag van de maand betaald.") == "dutch"
    assert language_of("Арендатор платит за квартиру и не держит в ней собак.") == "russian"


def test_stems_name_their_language_and_english_has_none() -> None:
    assert stems("die Häuser der Stadt", "german") == ["german:haus", "german:stadt"]
    assert stems("houses", "english") == []
    assert "french:locatair" in stems("locataires")


def test_pairs_are_made_only_where_there_are_no_spaces() -> None:
    assert pairs("plain words, naïve café") == []
    assert pairs("東京 is 大") == ["東京", "大"]
    assert pairs("日本語") == ["日本", "本語"]
    assert pairs("日本語", singles=True) == ["日本", "本語", "日", "本", "語"]
    assert pairs("iPhone手机") == ["iphone", "手机"]
    assert words("Tokyo 東京駅 station's") == ["tokyo", "東京", "京駅", "station"]


def test_an_english_question_is_searched_as_before(keywords: Keywords) -> None:
    assert {number for number, _ in keywords.search("What is paid on the first day?", 10)} == {6}


def test_words_that_matched_are_told_in_any_inflection(keywords: Keywords) -> None:
    assert matched_words("Wie lang sind die Kündigungsfristen im Haus?", TEXTS[1]) == ("kündigungsfristen", "haus")
    assert matched_words("什么时候支付租金？", TEXTS[4]) == ("支付", "付租", "租金")
    assert [bool(keywords.search(word, 1)) for word in ("Gartens", "租金", "Garage", "汽车")] == [
        True,
        True,
        False,
        False,
    ]


def test_many_threads_get_the_stems_of_one() -> None:
    texts = [f"{TEXTS[number]} Nummer{round_}" for round_ in range(40) for number in (1, 2, 3)]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(stems, texts))
    assert together == [stems(text) for text in texts]


def test_an_index_made_without_them_is_made_anew(tmp_path: Path) -> None:
    import tantivy
    from doubles import open_double

    (tmp_path / "one.txt").write_text(TEXTS[4])
    with open_double(tmp_path / "home") as index:
        index.add(tmp_path / "one.txt")
        _, folder = index.home.stores(index.catalog.edition())
    for file in folder.iterdir():
        file.unlink()
    builder = tantivy.SchemaBuilder().add_unsigned_field("passage", stored=True, indexed=True, fast=True)
    tantivy.Index(builder.build(), path=str(folder), reuse=True)
    with open_double(tmp_path / "home") as index:
        assert [number for number, _ in index.keywords.search("花园", 5)] == [1]
        assert index.check() == []
