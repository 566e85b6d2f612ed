"""Old encodings recognised from real sentences, short ones too; prints how many, for docs/formats.md, with ``-s``."""

from footnoted.index.text.encodings import decode

SENTENCES = {
    "ru": "Москва является столицей Российской Федерации. Население города превышает двенадцать миллионов человек.",
    "ru short": "Привет, мир",
    "uk": "Київ є столицею України, її найбільшим містом. Її історія сягає п'ятого століття, а ґрунти їй сприяли.",
    "bg": "София е столицата на България и най-големият град в страната.",
    "pl": "Zażółć gęślą jaźń. Warszawa jest stolicą Polski i największym miastem kraju.",
    "cs": "Praha je hlavní a současně největší město České republiky. Žije zde přes milion obyvatel.",
    "hu": "Budapest Magyarország fővárosa, legnagyobb és legnépesebb városa. Őrült árvíztűrő tükörfúrógép.",
    "fr": "L’été dernier, nous avons visité une forêt près de Besançon; c’était très agréable, à côté d’un château.",
    "de": "Die größte Stadt Österreichs ist Wien. Für Käse und Brötchen gehen wir über die Straße.",
    "es": "El año pasado la señora Muñoz compró un piso en Cádiz. ¿Cuánto costó? ¡Mucho!",
    "pt": "A situação econômica não é fácil; São Paulo e Brasília já estão à procura de soluções.",
    "sv": "Åsa åt ägg och öl på en ö nära Göteborg.",
    "tr": "İstanbul Türkiye'nin en kalabalık şehridir. Çocuklar güneşli günlerde dışarıda oynuyor.",
    "el": "Η Αθήνα είναι η πρωτεύουσα της Ελλάδας και η μεγαλύτερη πόλη της χώρας.",
    "he": "ירושלים היא עיר הבירה של מדינת ישראל והעיר הגדולה ביותר בה.",
    "ar": "القاهرة هي عاصمة جمهورية مصر العربية وأكبر مدنها.",
    "ja": "東京は日本の首都であり、世界最大の都市圏の一つです。カタカナとひらがなが混ざっています。",
    "ja short": "日本語のメモ",
    "zh": "北京是中华人民共和国的首都，是全国的政治中心、文化中心。",
    "zh-tw": "台北是中華民國的首都，人口約兩百五十萬人。",
    "ko": "서울은 대한민국의 수도이자 최대 도시이다. 한강을 끼고 있다.",
    "th": "กรุงเทพมหานครเป็นเมืองหลวงของประเทศไทยและมีประชากรมากที่สุด",
    "lv": "Rīga ir Latvijas galvaspilsēta un lielākā pilsēta. Šeit dzīvo ļoti daudz iedzīvotāju.",
    "quotes": "The “quick” brown fox—it’s said—jumped over the dog’s back… costing €5.",
    "one letter": "We met at the café. Nothing else here is unusual at all.",
    "signs": "The price is £25 for members and £40 for others, at 20°C ± 2.",
}
ENCODINGS = {
    "ru": "cp1251 koi8-r cp866 iso8859-5 mac-cyrillic utf-16-le utf-16-be utf-32-le utf-32-be",
    "ru short": "cp1251 koi8-r cp866 utf-16-le utf-16-be", "uk": "cp1251 koi8-u utf-16-le", "bg": "cp1251 iso8859-5",
    "pl": "cp1250 iso8859-2 cp852", "cs": "cp1250 iso8859-2 cp852", "hu": "cp1250 iso8859-2",
    "fr": "cp1252 latin-1 mac-roman cp850", "de": "cp1252 mac-roman cp850 cp437", "es": "cp1252 mac-roman cp850",
    "pt": "cp1252 mac-roman cp850", "sv": "cp1252 mac-roman cp850", "tr": "cp1254 iso8859-9 cp857",
    "el": "cp1253 iso8859-7 utf-16-le", "he": "cp1255 iso8859-8", "ar": "cp1256 iso8859-6 utf-16-be",
    "ja": "cp932 euc-jp iso2022_jp utf-16-le utf-16-be", "ja short": "cp932 euc-jp utf-16-le utf-16-be",
    "zh": "gb18030 gbk utf-16-le utf-16-be hz", "zh-tw": "big5 utf-16-le", "ko": "cp949 utf-16-le johab iso2022_kr",
    "th": "cp874 utf-16-le", "lv": "cp1257 iso8859-13", "quotes": "cp1252 mac-roman utf-16-le utf-16-be utf-7",
    "one letter": "cp1252 mac-roman cp850", "signs": "cp1252 mac-roman",
}  # fmt: skip
# Read wrongly, and known: encodings hardly ever used, and single words that any of two encodings could have written.
MISREAD = {
    ("ja short", "utf-16-le"), ("ja short", "utf-16-be"), ("quotes", "utf-7"), ("signs", "mac-roman"),
}  # fmt: skip


def test_sentences_in_old_encodings() -> None:
    cases = [(name, encoding) for name, encodings in ENCODINGS.items() for encoding in encodings.split()]
    wrong = set()
    for name, encoding in cases:
        data = SENTENCES[name].encode(encoding, "ignore")
        if decode(data).text != data.decode(encoding):
            wrong.add((name, encoding))
    print(
        f"{len(cases) - len(wrong)} of {len(cases)} in {len({encoding for _, encoding in cases})} encodings are right"
    )
    assert wrong <= MISREAD


def test_what_stands_in_a_text_misleads_nobody() -> None:
    """Magic numbers, control characters and wrong declarations, which chardet by itself goes by."""
    for text in (
        "BMW für alle Käufer, und zwar überall",
        "für\x00 alle Käufer, und zwar \x01überall",
        '<meta charset="koi8-r"><p>Für alle Käufer, und zwar überall',
    ):
        assert decode(text.encode("cp1252")).text == text


def test_a_declared_encoding_is_believed_when_it_can_be() -> None:
    assert decode("Straße".encode("cp852"), "cp852").text == "Straße"
    assert decode("5 €".encode("cp1252"), "iso-8859-1").text == "5 €"
    assert decode("Привет, мир, как дела".encode("cp1251"), "iso-8859-1").text == "Привет, мир, как дела"


def test_ascii_with_a_few_zeros_is_no_chinese() -> None:
    assert decode(b"plain words with a \x00 in them, and more words than that " * 10).encoding == "utf-8"
    assert decode(bytes(range(32)) * 40).text  # binary data, which is then refused
