"""Countries of the demo's customers.

Names, places and companies are in the country's script; each country has a language, a currency and a phone format.
"""

from dataclasses import dataclass
from random import Random
from typing import Final

from gql_leads.domain.leads.lead import CompanySize
from gql_leads.domain.values.text_folding import fold

SIZES: Final = tuple(CompanySize)


@dataclass(frozen=True, slots=True)
class Name:
    """A name in its own script, and its spelling in an e-mail address."""

    written: str
    spelled: str


@dataclass(frozen=True, slots=True)
class Company:
    """A company with its e-mail domain's label, industry and size."""

    name: str
    label: str
    industry: str
    size: CompanySize


@dataclass(frozen=True, slots=True)
class Locale:
    """A country. `phone` has a random digit for each `#`; the nth company is in the nth place."""

    country: str
    language: str
    currency: str
    phone: str
    first_names: tuple[Name, ...]
    last_names: tuple[Name, ...]
    places: tuple[tuple[str, str | None], ...]
    """Pairs of city and region."""
    companies: tuple[Company, ...]

    def phone_number(self, rng: Random) -> str:
        """Return a random number of the country's numbering plan."""
        return "".join(str(rng.randrange(10)) if one == "#" else one for one in self.phone)

    def place_of(self, company: Company) -> tuple[str, str | None]:
        """Return city and region of a company."""
        return self.places[self.companies.index(company) % len(self.places)]


_LETTERS: Final = str.maketrans(
    "áàâãäåăçćčďéèêëěğíìîïıłñńňóòôõöøőřśšșťțúùûüůűýžźżđðþæœß",
    "aaaaaaacccdeeeeegiiiiilnnnooooooorsssttuuuuuuyzzzddtaos",
)


def _latin(written: str) -> str:
    folded = fold(written).translate(_LETTERS)
    return "".join(one for one in folded if one.isascii() and one.isalnum()) or "info"


def _names(text: str) -> tuple[Name, ...]:
    """Parse `Олена/olena, Anna`: the spelling of a Latin name is derived from it."""
    pairs = (one.strip().partition("/") for one in text.split(","))
    return tuple(Name(written, spelled or _latin(written)) for written, _, spelled in pairs)


def _places(text: str) -> tuple[tuple[str, str | None], ...]:
    pairs = (one.strip().partition("/") for one in text.split(","))
    return tuple((city, region or None) for city, _, region in pairs)


def _company(name: str, label: str, industry: str, size: int) -> Company:
    return Company(name, label or _latin(name), industry, SIZES[size - 1])


def _locale(country: str, language: str, currency: str, phone: str, first: str, last: str, places: str, *companies: Company) -> Locale:
    return Locale(country, language, currency, phone, _names(first), _names(last), _places(places), companies)


LOCALES: Final = (
    _locale(
        "US", "en", "USD", "+1 201-555-01##",
        "Olivia, Liam, Emma, Noah, Ava, DeShawn, Madison, Jo Ann",
        "Smith, Johnson, O'Brien, García-Lopez, Washington, D'Angelo, Baker",
        "Seattle/Washington, Austin/Texas, New York/New York, San José/California",
        _company("Northwind Traders", "", "Retail", 4),
        _company("Green Fields Bio Inc", "", "Agriculture", 3),
        _company("Blue Harbor Labs LLC", "", "Software", 2),
        _company("Dewey & Sons", "", "Logistics", 2),
        _company("Contoso Coffee Co", "", "Food production", 5),
        _company("Star Logistics Inc", "", "Logistics", 6),
        _company("Lakeside Medical Group", "", "Healthcare", 7),
        _company("First Valley Insurance", "", "Finance & Insurance", 8),
    ),
    _locale(
        "GB", "en", "GBP", "+44 7400 12####",
        "Amelia, Oliver, Isla, George, Siân, Freya",
        "Jones, Taylor, McDonald, O'Neil, Evans, Patel",
        "London/England, Edinburgh/Scotland, Cardiff/Wales, Belfast/Northern Ireland",
        _company("O'Neil & Sons Ltd", "", "Construction", 2),
        _company("Fabrikam Ltd", "", "Manufacturing", 5),
        _company("Two Tone Studios", "", "Media", 1),
        _company("Harbour Fish Ltd", "", "Food production", 2),
        _company("Wingtip Toys plc", "", "Retail", 4),
        _company("Pennine Schools Trust", "", "Education", 5),
    ),
    _locale(
        "FR", "fr", "EUR", "+33 6 12 ## ## ##",
        "Éloïse, Françoise, Léa, Jérôme, Noël, Zoé",
        "Lefèvre, Dupont, Château, L'Hôte, Bœuf, Garçon",
        "Paris/Île-de-France, Lyon, Nîmes/Occitanie, Besançon",
        _company("Café Le Petit SARL", "", "Hospitality", 1),
        _company("Société Générique SA", "", "Finance & Insurance", 6),
        _company("Boulangerie d'Été", "", "Food production", 2),
        _company("Hôtel Beauséjour", "", "Hospitality", 3),
        _company("Électricité Dupont", "", "Energy", 2),
    ),
    _locale(
        "DE", "de", "EUR", "01512 34#####",
        "Jürgen, Änne, Björn, Käthe, Sören, Ümit",
        "Müller, Groß, Weiß, Schönfeld, Jäger, Özdemir",
        "München/Bayern, Köln/Nordrhein-Westfalen, Düsseldorf, Berlin",
        _company("Müller Maschinenbau GmbH", "", "Manufacturing", 4),
        _company("Bäckerei Groß KG", "", "Food production", 3),
        _company("Straßenbau Süd GmbH", "", "Construction", 5),
        _company("Ökohaus AG", "", "Construction", 3),
        _company("Völker Stahlwerk GmbH", "voelker-stahlwerk", "Manufacturing", 6),
    ),
    _locale(
        "ES", "es", "EUR", "+34 612 ### ###",
        "Íñigo, Begoña, José, Lucía, Álvaro",
        "Muñoz, Ibáñez, Peña, Güell, Rodríguez",
        "A Coruña/Galicia, Madrid, Málaga/Andalucía, Logroño",
        _company("Señales Ibáñez SL", "", "Manufacturing", 2),
        _company("Aceites Peña", "", "Food production", 3),
        _company("Logística Güell", "", "Logistics", 4),
        _company("Niño & Niña SA", "", "Retail", 5),
    ),
    _locale(
        "PT", "pt", "EUR", "+351 912 ### ###",
        "João, Conceição, Inês, Tomé",
        "Gonçalves, Simões, Araújo, Conceição",
        "Lisboa, Évora/Alentejo, Porto",
        _company("Pão Quente Lda", "", "Food production", 1),
        _company("Construções Araújo", "", "Construction", 3),
        _company("Três Irmãos SA", "", "Retail", 4),
    ),
    _locale(
        "BR", "pt", "BRL", "(11) 96###-####",
        "Antônio, Luíza, Caetano, Thaís",
        "Silva, Conceição, Magalhães, Brandão",
        "São Paulo/São Paulo, Brasília, Goiânia/Goiás",
        _company("Açúcar União SA", "", "Food production", 7),
        _company("Transportes Magalhães", "", "Logistics", 5),
        _company("São Jorge Alimentos", "", "Food production", 4),
    ),
    _locale(
        "SE", "sv", "SEK", "+46 70 12# ## ##",
        "Åsa, Göran, Linnéa, Håkan",
        "Öberg, Sjöström, Åkesson, Lindqvist",
        "Malmö/Skåne, Göteborg, Örebro",
        _company("Åkesson Trä AB", "", "Manufacturing", 3),
        _company("Sjöström & Söner AB", "", "Construction", 2),
        _company("Norrsken Energi AB", "", "Energy", 6),
    ),
    _locale(
        "DK", "da", "DKK", "+45 34 41 ## ##",
        "Søren, Ærlinda, Åse, Jørgen",
        "Sørensen, Kjær, Nørgaard, Ågård",
        "København, Århus, Ærøskøbing",
        _company("Kjær Møbler A/S", "", "Retail", 4),
        _company("Nørgaard Vin", "", "Retail", 1),
        _company("Blå Bølge ApS", "", "Software", 2),
    ),
    _locale(
        "PL", "pl", "PLN", "+48 512 ### ###",
        "Łukasz, Żaneta, Paweł, Małgorzata",
        "Wójcik, Żółć, Śliwiński, Dąbrowska",
        "Łódź, Kraków, Gdańsk/Pomorze",
        _company("Żółw i Ska", "", "Retail", 1),
        _company("Piekarnia Wójcik", "", "Food production", 2),
        _company("Śląskie Zakłady", "", "Manufacturing", 7),
    ),
    _locale(
        "CZ", "cs", "CZK", "+420 601 ### ###",
        "Řehoř, Žofie, Jiří, Kateřina",
        "Dvořák, Černý, Růžička, Šťastná",
        "Plzeň, Brno, České Budějovice",
        _company("Růžička a syn", "", "Construction", 1),
        _company("Křišťál s.r.o.", "", "Manufacturing", 3),
        _company("Černý Most a.s.", "", "Retail", 5),
    ),
    _locale(
        "TR", "tr", "TRY", "+90 501 ### ## ##",
        "Işıl, İbrahim, Çağla, Gökhan",
        "Yılmaz, Şahin, Öztürk, Ilıcalı",
        "İstanbul, Iğdır, Çanakkale",
        _company("Ilıca Su AŞ", "", "Food production", 4),
        _company("Şahin Tekstil", "", "Manufacturing", 5),
        _company("Güneş Enerji", "", "Energy", 3),
    ),
    _locale(
        "HU", "hu", "HUF", "+36 20 123 ####",
        "Zsófia, Győző, Ágnes, Ödön",
        "Szabó, Kővári, Nagy, Szűcs",
        "Győr, Szeged, Pécs",
        _company("Kővári Bor Kft", "", "Agriculture", 2),
        _company("Őszi Fény Zrt", "", "Energy", 4),
        _company("Duna Tűzvédelem Bt", "", "Public sector", 2),
    ),
    _locale(
        "IS", "is", "ISK", "+354 611 ####",
        "Þórunn, Sæmundur, Guðrún",
        "Þorsteinsdóttir, Ægisson, Björnsdóttir",
        "Reykjavík, Akureyri, Ísafjörður",
        _company("Norðurljós ehf", "", "Energy", 3),
        _company("Þrír Hestar hf", "", "Hospitality", 1),
    ),
    _locale(
        "VN", "vi", "VND", "+84 912 ### ###",
        "Nguyệt, Đức, Thảo, Hùng",
        "Nguyễn, Trần, Phạm, Đặng",
        "Hà Nội, Đà Nẵng, Huế",
        _company("Cà Phê Sài Gòn", "", "Hospitality", 3),
        _company("Dệt May Đặng", "", "Manufacturing", 6),
        _company("Phở Hà Nội", "", "Hospitality", 2),
    ),
    _locale(
        "NG", "en", "NGN", "+234 802 ### ####",
        "Adébáyọ̀/adebayo, Chiamaka, Ọlámidé/olamide",
        "Okonkwo, Adéyẹmí/adeyemi, Bello",
        "Lagos, Abuja, Ìbàdàn",
        _company("Èkó Foods Ltd", "", "Food production", 4),
        _company("Sahara Solar", "", "Energy", 3),
        _company("Okonkwo & Daughters", "", "Retail", 2),
    ),
    _locale(
        "UA", "uk", "UAH", "+380 50 ### ####",
        "Олена/olena, Їжак/yizhak, Тарас/taras, Євгенія/yevheniia",
        "Шевченко/shevchenko, Ґалаґан/galagan, Щербак/shcherbak, Жук/zhuk",
        "Київ, Львів, Кам'янець-Подільський",
        _company("Жук і Сини ТОВ", "zhuk", "Retail", 2),
        _company("Київські Сади", "kyivski-sady", "Agriculture", 4),
        _company("Ґанок ПП", "ganok", "Construction", 1),
    ),
    _locale(
        "BG", "bg", "EUR", "+359 87 ### ####",
        "Йоана/yoana, Георги/georgi, Щерьо/shteryo",
        "Жеков/zhekov, Иванова/ivanova, Цветков/tsvetkov",
        "София, Пловдив, Варна",
        _company("Розова Долина ЕООД", "rozova-dolina", "Agriculture", 3),
        _company("Жеков и Ко", "zhekov", "Logistics", 2),
    ),
    _locale(
        "RS", "sr", "RSD", "+381 60 12#####",
        "Љубица/ljubica, Ђорђе/djordje, Жељко/zeljko",
        "Његош/njegos, Живковић/zivkovic, Џајић/dzajic",
        "Београд, Нови Сад/Војводина, Ниш",
        _company("Шумадија Воће", "sumadija", "Agriculture", 4),
        _company("Жито Млин", "zito", "Food production", 3),
    ),
    _locale(
        "GR", "el", "EUR", "+30 691 ### ####",
        "Ελένη/eleni, Ορφέας/orfeas, Γιώργος/giorgos, Άννα/anna",
        "Παπαδόπουλος/papadopoulos, Σαββίδης/savvidis, Ωνάσης/onasis",
        "Αθήνα/Αττική, Θεσσαλονίκη, Ηράκλειο/Κρήτη",
        _company("Ελιές Σαββίδης ΑΕ", "elies", "Agriculture", 3),
        _company("Ωκεανός Ναυτιλία", "okeanos", "Logistics", 5),
    ),
    _locale(
        "CN", "zh", "CNY", "+86 131 #### ####",
        "伟/wei, 芳/fang, 小明/xiaoming, 丽娜/lina",
        "王/wang, 李/li, 欧阳/ouyang, 张/zhang",
        "北京, 上海, 深圳/广东",
        _company("东方云科技有限公司", "dongfang-yun", "Software", 6),
        _company("长城制造", "changcheng", "Manufacturing", 8),
        _company("明月茶业", "mingyue", "Food production", 3),
    ),
    _locale(
        "TW", "zh-Hant", "TWD", "+886 912 ### ###",
        "淑芬/shufen, 志明/zhiming, 雅婷/yating",
        "陳/chen, 林/lin, 黃/huang",
        "臺北, 高雄, 臺中",
        _company("玉山電子股份有限公司", "yushan", "Manufacturing", 7),
        _company("龍門海運", "longmen", "Logistics", 5),
    ),
    _locale(
        "JP", "ja", "JPY", "+81 90-####-####",
        "さくら/sakura, 健太/kenta, ジュン/jun, 美咲/misaki",
        "佐藤/sato, 鈴木/suzuki, 髙橋/takahashi, 渡邉/watanabe",
        "東京, 大阪, 札幌/北海道",
        _company("株式会社さくら", "sakura-shop", "Retail", 4),
        _company("ｶﾌｪ･ﾄｳｷｮｳ", "cafe-tokyo", "Hospitality", 1),
        _company("富士精密工業", "fuji", "Manufacturing", 6),
    ),
    _locale(
        "KR", "ko", "KRW", "+82 10-2###-####",
        "지훈/jihun, 서연/seoyeon, 민준/minjun",
        "김/kim, 이/lee, 박/park, 남궁/namgung",
        "서울, 부산, 제주",
        _company("한강소프트 주식회사", "hangang", "Software", 4),
        _company("무지개 식품", "mujigae", "Food production", 5),
    ),
    _locale(
        "EG", "ar", "EGP", "+20 10 0#######",
        "ليلى/layla, محمد/mohamed, أمينة/amina",
        "الشريف/elsharif, حسن/hassan, منصور/mansour",
        "القاهرة, الإسكندرية, الأقصر",
        _company("شركة النيل للبرمجيات", "nile-software", "Software", 3),
        _company("أهرام التجارة", "ahram", "Retail", 5),
    ),
    _locale(
        "AE", "ar", "AED", "+971 50 ### ####",
        "فاطمة/fatima, خالد/khalid, مريم/maryam",
        "المنصوري/almansoori, القاسمي/alqasimi",
        "دبي, أبوظبي, الشارقة",
        _company("واحة الخليج", "wahat", "Hospitality", 4),
        _company("نخيل دبي للتقنية", "nakheel", "Software", 5),
    ),
    _locale(
        "KW", "ar", "KWD", "+965 500# ####",
        "سارة/sara, فهد/fahad, نورة/noura, يوسف/yousef",
        "العنزي/alenezi, المطيري/almutairi, الصباح/alsabah",
        "الكويت, الجهراء",
        _company("شركة الديرة للتجارة", "aldeera", "Retail", 3),
        _company("مستشفى السلام", "alsalam", "Healthcare", 6),
    ),
    _locale(
        "IL", "he", "ILS", "+972 50-###-####",
        "נועה/noa, איתי/itai, שירה/shira",
        "כהן/cohen, לוי/levi, בן־דוד/bendavid",
        "תל אביב, ירושלים, חיפה",
        _company('תפוח זהב בע"מ', "tapuach", "Agriculture", 3),
        _company("גלים תוכנה", "galim", "Software", 2),
    ),
    _locale(
        "IN", "en", "INR", "+91 81### #####",
        "Aparna, अदिति/aditi, राहुल/rahul, Arjun, தமிழ்/tamil",
        "Bosu, शर्मा/sharma, अय्यर/iyer, Chatterjee",
        "मुंबई/Maharashtra, কলকাতা/West Bengal, Bengaluru/Karnataka, சென்னை/Tamil Nadu",
        _company("भारत क्लाउड", "bharat", "Software", 7),
        _company("Ganga Jal Exports", "", "Food production", 4),
        _company("ಮೈಸೂರು ರೇಷ್ಮೆ", "mysuru", "Manufacturing", 3),
        _company("কলকাতা চা", "kolkata", "Food production", 5),
    ),
    _locale(
        "TH", "th", "THB", "+66 81 ### ####",
        "สมชาย/somchai, มาลี/mali, ณัฐ/nat",
        "ใจดี/jaidee, ศรีสุข/srisuk, วงศ์/wong",
        "กรุงเทพมหานคร, เชียงใหม่, ภูเก็ต",
        _company("ข้าวหอมไทย จำกัด", "khaohom", "Food production", 5),
        _company("ช้างน้อย โลจิสติกส์", "changnoi", "Logistics", 4),
    ),
)  # fmt: skip
