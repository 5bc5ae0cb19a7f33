"""Where people come from: names in their own script, a spelling for their URL, a city, a language.

Data only. A first or last name is `(native, latin)`; the second is what LinkedIn makes of it in a public
identifier. Weights are not the world's census: they are what a European agency meets, with enough of every
script that nothing may assume Latin letters, spaces between names, or left to right.
"""

from __future__ import annotations

from dataclasses import dataclass

Name = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Culture:
    """One pool of names with the places and the language that go with it."""

    language: str
    country: str
    weight: int
    first: tuple[Name, ...]
    last: tuple[Name, ...]
    places: tuple[tuple[str, str], ...]
    """`(location as LinkedIn writes it, IANA time zone)`."""


def _plain(names: str) -> tuple[Name, ...]:
    return tuple((name.replace("_", " "), name.replace("_", "-")) for name in names.split())


def _pairs(names: str) -> tuple[Name, ...]:
    return tuple((native, latin) for native, latin in (pair.split("/") for pair in names.split()))


CULTURES: tuple[Culture, ...] = (
    Culture(
        "en",
        "US",
        26,
        _plain("Ada Grace Alan Linda James Mary Robert Karen Kevin Emily Marcus Aisha Jean-Paul Mary_Ann Zoe"),
        _plain("Lovelace Hopper Turing O'Brien Smith Johnson Williams Van_Dyke McAllister Lee Carter Null Test"),
        (
            ("New York, New York, United States", "America/New_York"),
            ("San Francisco Bay Area", "America/Los_Angeles"),
            ("Austin, Texas, United States", "America/Chicago"),
            ("Toronto, Ontario, Canada", "America/Toronto"),
        ),
    ),
    Culture(
        "en",
        "GB",
        12,
        _plain("Oliver Amelia Harry Isla George Freya Rhys Siobhán Niamh Callum"),
        _plain("Taylor Davies Evans Thomas Wright Ó_Súilbháin Campbell Featherstonehaugh"),
        (
            ("London, England, United Kingdom", "Europe/London"),
            ("Dublin, County Dublin, Ireland", "Europe/Dublin"),
        ),
    ),
    Culture(
        "de",
        "DE",
        12,
        _plain("Jürgen Käthe Björn Sören Annika Lukas Hannah Jörg Heike Karl-Heinz"),
        _plain("Müller Schröder Weiß Groß von_der_Leyen Schäfer Özdemir Köhler Neumann"),
        (
            ("Berlin, Germany", "Europe/Berlin"),
            ("Munich, Bavaria, Germany", "Europe/Berlin"),
            ("Vienna, Austria", "Europe/Vienna"),
            ("Zürich, Switzerland", "Europe/Zurich"),
        ),
    ),
    Culture(
        "fr",
        "FR",
        9,
        _plain("Éloïse François Chloé Noël Gaëlle Jérôme Anaïs Hélène Loïc"),
        _plain("Lefèvre Dupont D'Artagnan de_la_Tour Géraud Hervé Benoît Açeval"),
        (("Paris, Île-de-France, France", "Europe/Paris"), ("Lyon, France", "Europe/Paris")),
    ),
    Culture(
        "es",
        "ES",
        8,
        _plain("José Íñigo María_José Begoña Álvaro Lucía Joaquín Núria"),
        _plain("García Núñez Ibáñez Peña Muñoz de_la_Cruz Ordóñez"),
        (
            ("Madrid, Community of Madrid, Spain", "Europe/Madrid"),
            ("Mexico City, Mexico", "America/Mexico_City"),
            ("Buenos Aires, Argentina", "America/Argentina/Buenos_Aires"),
        ),
    ),
    Culture(
        "pt",
        "BR",
        5,
        _plain("João Conceição Antônio Inês Luís Letícia"),
        _plain("Gonçalves Araújo Simões da_Silva Falcão Magalhães"),
        (("São Paulo, Brazil", "America/Sao_Paulo"), ("Lisbon, Portugal", "Europe/Lisbon")),
    ),
    Culture(
        "it",
        "IT",
        4,
        _plain("Niccolò Giorgia Matteo Chiara Alessandro"),
        _plain("D'Angelo Rossi De_Luca Esposito Forlì"),
        (("Milan, Lombardy, Italy", "Europe/Rome"),),
    ),
    Culture(
        "nl",
        "NL",
        4,
        _plain("Sanne Daan Zoë Thijs Anouk"),
        _plain("van_den_Berg de_Vries 't_Hart Jansen"),
        (("Amsterdam, North Holland, Netherlands", "Europe/Amsterdam"),),
    ),
    Culture(
        "pl",
        "PL",
        4,
        _plain("Łukasz Zażółć Małgorzata Świętosław Żaneta"),
        _plain("Wójcik Dąbrowski Kowalczyk-Źrebiec Żółkiewska"),
        (("Warsaw, Mazowieckie, Poland", "Europe/Warsaw"),),
    ),
    Culture(
        "ru",
        "UA",
        4,
        _pairs("Анна/anna Дмитрий/dmitry Ольга/olga Сергей/sergey Юлия/yulia"),
        _pairs("Иванова/ivanova Щербаков/shcherbakov Ковальчук/kovalchuk Жук/zhuk"),
        (("Kyiv, Ukraine", "Europe/Kyiv"), ("Almaty, Kazakhstan", "Asia/Almaty")),
    ),
    Culture(
        "el",
        "GR",
        2,
        _pairs("Γιώργος/giorgos Ελένη/eleni Νίκος/nikos"),
        _pairs("Παπαδόπουλος/papadopoulos Αγγελίδης/angelidis"),
        (("Athens, Attiki, Greece", "Europe/Athens"),),
    ),
    Culture(
        "ar",
        "AE",
        3,
        _pairs("محمد/mohammed فاطمة/fatima خالد/khaled ليلى/layla"),
        _pairs("العلي/al-ali المنصوري/al-mansoori حداد/haddad"),
        (("Dubai, United Arab Emirates", "Asia/Dubai"), ("Cairo, Egypt", "Africa/Cairo")),
    ),
    Culture(
        "he",
        "IL",
        2,
        _pairs("נועה/noa דוד/david יעל/yael"),
        _pairs("כהן/cohen לוי/levy בן-דוד/ben-david"),
        (("Tel Aviv District, Israel", "Asia/Jerusalem"),),
    ),
    Culture(
        "hi",
        "IN",
        5,
        _pairs("प्रिया/priya अर्जुन/arjun Rohan/rohan Ananya/ananya दीपक/deepak"),
        _pairs("शर्मा/sharma Iyer/iyer पटेल/patel Krishnamurthy/krishnamurthy"),
        (("Bengaluru, Karnataka, India", "Asia/Kolkata"), ("Mumbai, Maharashtra, India", "Asia/Kolkata")),
    ),
    Culture(
        "zh",
        "CN",
        4,
        _pairs("伟/wei 秀英/xiuying 娜/na 子涵/zihan"),
        _pairs("王/wang 李/li 欧阳/ouyang 张/zhang"),
        (("Shanghai, China", "Asia/Shanghai"), ("Singapore", "Asia/Singapore")),
    ),
    Culture(
        "ja",
        "JP",
        3,
        _pairs("太郎/taro 美咲/misaki さくら/sakura 健/ken"),
        _pairs("佐藤/sato 髙橋/takahashi 渡邉/watanabe"),
        (("Tokyo, Japan", "Asia/Tokyo"),),
    ),
    Culture(
        "ko",
        "KR",
        2,
        _pairs("민준/minjun 서연/seoyeon 지우/jiwoo"),
        _pairs("김/kim 이/lee 박/park"),
        (("Seoul, South Korea", "Asia/Seoul"),),
    ),
    Culture(
        "en",
        "NG",
        2,
        _plain("Chukwuemeka Ngozi Olúwaṣeun Temitọpẹ"),
        _plain("Adébáyọ̀ Okonkwo Ọkafọ"),
        (("Lagos, Nigeria", "Africa/Lagos"), ("Sydney, New South Wales, Australia", "Australia/Sydney")),
    ),
)

TITLES: tuple[str, ...] = (
    "Chief Executive Officer",
    "Founder",
    "Co-Founder & CTO",
    "Head of Growth",
    "VP Sales",
    "Sales Development Representative",
    "Marketing Director",
    "Product Manager",
    "Software Engineer",
    "Data Scientist",
    "HR Business Partner",
    "Finance Director",
    "Procurement Lead",
    "Operations Manager",
    "Freelance Consultant",
    "Student",
)

SKILLS: tuple[str, ...] = ("Sales", "Leadership", "Python", "Negotiation", "B2B", "SEO", "Recruiting", "SaaS")
SCHOOLS: tuple[str, ...] = ("University of Amsterdam", "ETH Zürich", "MIT", "Sorbonne", "東京大学", "LSE")
COMPANY_HEADS: tuple[str, ...] = (
    "Acme",
    "Globex",
    "Initech",
    "Umbrella",
    "Søstrene",
    "Łódź",
    "Blue",
    "Nord",
    "Hooli",
    "Vandelay",
    "Müller & Söhne",
    "Café",
)
COMPANY_TAILS: tuple[str, ...] = (
    "Labs",
    "Systems",
    "GmbH",
    "Ltd.",
    "Inc",
    "S.A.",
    "Health",
    "Logistics",
    "Bank",
    "株式会社",
    "AI",
    "Group",
)
INDUSTRIES: tuple[str, ...] = (
    "Software Development",
    "Banking",
    "Hospitals",
    "Logistics",
    "Retail",
    "Education",
)
