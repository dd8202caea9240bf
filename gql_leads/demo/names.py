"""People, companies and places of many countries, in the scripts they are written in."""

from dataclasses import dataclass
from random import Random
from typing import Final

from gql_leads.domain.text_folding import fold


@dataclass(frozen=True, slots=True)
class Name:
    """A name, and how an e-mail address spells it."""

    written: str
    spelled: str


@dataclass(frozen=True, slots=True)
class Locale:
    """Who lives and works in one country: phone numbers have a digit drawn for each `#`."""

    country: str
    phone: str
    first_names: tuple[Name, ...]
    last_names: tuple[Name, ...]
    companies: tuple[Name, ...]
    places: tuple[tuple[str, str | None], ...]

    def phone_number(self, rng: Random) -> str:
        """A number of this country's plan."""
        return "".join(str(rng.randrange(10)) if one == "#" else one for one in self.phone)


_LETTERS: Final = str.maketrans(
    "áàâãäåăçćčďéèêëěğíìîïıłñńňóòôõöøőřśšșťțúùûüůűýžźżđðþæœß",
    "aaaaaaacccdeeeeegiiiiilnnnooooooorsssttuuuuuuyzzzddtaos",
)


def _names(text: str) -> tuple[Name, ...]:
    return tuple(_name(one.strip()) for one in text.split(",") if one.strip())


def _name(text: str) -> Name:
    """`Олена/olena`, or a Latin name alone, whose spelling follows from it."""
    written, _, spelled = text.partition("/")
    latin = fold(written).translate(_LETTERS)
    return Name(written, spelled or "".join(one for one in latin if one.isascii() and one.isalnum()) or "info")


def _places(text: str) -> tuple[tuple[str, str | None], ...]:
    pairs = (one.strip().partition("/") for one in text.split(","))
    return tuple((city, region or None) for city, _, region in pairs)


def _locale(country: str, phone: str, first: str, last: str, companies: str, places: str) -> Locale:
    return Locale(country, phone, _names(first), _names(last), _names(companies), _places(places))


LOCALES: Final = (
    _locale(
        "US", "+1 201-555-01##",
        "Olivia, Liam, Emma, Noah, Ava, DeShawn, Madison, Jo Ann",
        "Smith, Johnson, O'Brien, García-Lopez, Washington, D'Angelo, Baker",
        'Northwind Traders, 100% Bio Inc, snake_case Labs LLC, Dewey & Sons, Contoso "Coffee" Co/contosocoffee, A*Star Logistics',
        "Seattle/Washington, Austin/Texas, New York/New York, San José/California",
    ),
    _locale(
        "GB", "+44 7400 12####",
        "Amelia, Oliver, Isla, George, Siân, Freya",
        "Jones, Taylor, McDonald, O'Neil, Evans, Patel",
        "O'Neil & Sons Ltd, Fabrikam Ltd, Two_Tone Studios, Fish 50% Chips Ltd, Wingtip Toys plc",
        "London/England, Edinburgh/Scotland, Cardiff/Wales, Belfast/Northern Ireland",
    ),
    _locale(
        "FR", "+33 6 12 ## ## ##",
        "Éloïse, Françoise, Léa, Jérôme, Noël, Zoé",
        "Lefèvre, Dupont, Château, L'Hôte, Bœuf, Garçon",
        "Café \"Le Petit\" SARL/cafelepetit, Société Générique SA, Boulangerie d'Été, Hôtel Beauséjour, Électricité Dupont",
        "Paris/Île-de-France, Lyon, Nîmes/Occitanie, Besançon",
    ),
    _locale(
        "DE", "01512 34#####",
        "Jürgen, Änne, Björn, Käthe, Sören, Ümit",
        "Müller, Groß, Weiß, Schönfeld, Jäger, Özdemir",
        'Müller Maschinenbau GmbH, Bäckerei Groß KG, Straßenbau Süd GmbH, Öko_Haus AG, Völker "Werk 1" GmbH/voelkerwerk',
        "München/Bayern, Köln/Nordrhein-Westfalen, Düsseldorf, Berlin",
    ),
    _locale(
        "ES", "+34 612 ### ###",
        "Íñigo, Begoña, José, Lucía, Álvaro",
        "Muñoz, Ibáñez, Peña, Güell, Rodríguez",
        "Señales Ibáñez SL, Aceites Peña, Logística Güell, Niño & Niña SA",
        "A Coruña/Galicia, Madrid, Málaga/Andalucía, Logroño",
    ),
    _locale(
        "PT", "+351 912 ### ###",
        "João, Conceição, Inês, Tomé",
        "Gonçalves, Simões, Araújo, Conceição",
        "Pão Quente Lda, Construções Araújo, Três Irmãos SA",
        "Lisboa, Évora/Alentejo, Porto",
    ),
    _locale(
        "BR", "(11) 96###-####",
        "Antônio, Luíza, Caetano, Thaís",
        "Silva, Conceição, Magalhães, Brandão",
        "Açúcar União SA, Transportes Magalhães, São Jorge Alimentos",
        "São Paulo/São Paulo, Brasília, Goiânia/Goiás",
    ),
    _locale(
        "SE", "+46 70 12# ## ##",
        "Åsa, Göran, Linnéa, Håkan",
        "Öberg, Sjöström, Åkesson, Lindqvist",
        "Åkesson Trä AB, Sjöström & Söner AB, Norrsken Energi AB",
        "Malmö/Skåne, Göteborg, Örebro",
    ),
    _locale(
        "DK", "+45 34 41 ## ##",
        "Søren, Ærlinda, Åse, Jørgen",
        "Sørensen, Kjær, Nørgaard, Ågård",
        "Kjær Møbler A/S, Nørgaard Vin, Blå Bølge ApS",
        "København, Århus, Ærøskøbing",
    ),
    _locale(
        "PL", "+48 512 ### ###",
        "Łukasz, Żaneta, Paweł, Małgorzata",
        "Wójcik, Żółć, Śliwiński, Dąbrowska",
        "Żółw i Ska, Piekarnia Wójcik, Śląskie Zakłady",
        "Łódź, Kraków, Gdańsk/Pomorze",
    ),
    _locale(
        "CZ", "+420 601 ### ###",
        "Řehoř, Žofie, Jiří, Kateřina",
        "Dvořák, Černý, Růžička, Šťastná",
        "Růžička a syn, Křišťál s.r.o., Černý Most a.s.",
        "Plzeň, Brno, České Budějovice",
    ),
    _locale(
        "TR", "+90 501 ### ## ##",
        "Işıl, İbrahim, Çağla, Gökhan",
        "Yılmaz, Şahin, Öztürk, Ilıcalı",
        "Ilıca Su AŞ, Şahin Tekstil, Güneş Enerji",
        "İstanbul, Iğdır, Çanakkale",
    ),
    _locale(
        "HU", "+36 20 123 ####",
        "Zsófia, Győző, Ágnes, Ödön",
        "Szabó, Kővári, Nagy, Szűcs",
        "Kővári Bor Kft, Őszi Fény Zrt, Tűzoltó Bt",
        "Győr, Szeged, Pécs",
    ),
    _locale(
        "IS", "+354 611 ####",
        "Þórunn, Sæmundur, Guðrún",
        "Þorsteinsdóttir, Ægisson, Björnsdóttir",
        "Norðurljós ehf, Þrír Hestar hf",
        "Reykjavík, Akureyri, Ísafjörður",
    ),
    _locale(
        "VN", "+84 912 ### ###",
        "Nguyệt, Đức, Thảo, Hùng",
        "Nguyễn, Trần, Phạm, Đặng",
        "Cà Phê Sài Gòn, Dệt May Đặng, Phở Hà Nội",
        "Hà Nội, Đà Nẵng, Huế",
    ),
    _locale(
        "NG", "+234 802 ### ####",
        "Adébáyọ̀/adebayo, Chiamaka, Ọlámidé/olamide",
        "Okonkwo, Adéyẹmí/adeyemi, Bello",
        "Èkó Foods Ltd, Sahara Solar, Okonkwo & Daughters",
        "Lagos, Abuja, Ìbàdàn",
    ),
    _locale(
        "UA", "+380 50 ### ####",
        "Олена/olena, Їжак/yizhak, Тарас/taras, Євгенія/yevheniia",
        "Шевченко/shevchenko, Ґалаґан/galagan, Щербак/shcherbak, Жук/zhuk",
        "Жук і Сини ТОВ/zhuk, Київські Сади/kyivski-sady, Ґанок ПП/ganok",
        "Київ, Львів, Кам'янець-Подільський",
    ),
    _locale(
        "BG", "+359 87 ### ####",
        "Йоана/yoana, Георги/georgi, Щерьо/shteryo",
        "Жеков/zhekov, Иванова/ivanova, Цветков/tsvetkov",
        "Розова Долина ЕООД/rozova-dolina, Жеков и Ко/zhekov",
        "София, Пловдив, Варна",
    ),
    _locale(
        "RS", "+381 60 12#####",
        "Љубица/ljubica, Ђорђе/djordje, Жељко/zeljko",
        "Његош/njegos, Живковић/zivkovic, Џајић/dzajic",
        "Шумадија Воће/sumadija, Жито Млин/zito",
        "Београд, Нови Сад/Војводина, Ниш",
    ),
    _locale(
        "GR", "+30 691 ### ####",
        "Ελένη/eleni, Ορφέας/orfeas, Γιώργος/giorgos, Άννα/anna",
        "Παπαδόπουλος/papadopoulos, Σαββίδης/savvidis, Ωνάσης/onasis",
        "Ελιές Σαββίδης ΑΕ/elies, Ωκεανός Ναυτιλία/okeanos",
        "Αθήνα/Αττική, Θεσσαλονίκη, Ηράκλειο/Κρήτη",
    ),
    _locale(
        "CN", "+86 131 #### ####",
        "伟/wei, 芳/fang, 小明/xiaoming, 丽娜/lina",
        "王/wang, 李/li, 欧阳/ouyang, 张/zhang",
        "东方云科技有限公司/dongfang-yun, 长城制造/changcheng, 明月茶业/mingyue",
        "北京, 上海, 深圳/广东",
    ),
    _locale(
        "TW", "+886 912 ### ###",
        "淑芬/shufen, 志明/zhiming, 雅婷/yating",
        "陳/chen, 林/lin, 黃/huang",
        "玉山電子股份有限公司/yushan, 龍門海運/longmen",
        "臺北, 高雄, 臺中",
    ),
    _locale(
        "JP", "+81 90-####-####",
        "さくら/sakura, 健太/kenta, ジュン/jun, 美咲/misaki",
        "佐藤/sato, 鈴木/suzuki, 髙橋/takahashi, 渡邉/watanabe",
        "株式会社さくら/sakura, ｶﾌｪ･ﾄｳｷｮｳ/cafe-tokyo, 富士精密工業/fuji",
        "東京, 大阪, 札幌/北海道",
    ),
    _locale(
        "KR", "+82 10-2###-####",
        "지훈/jihun, 서연/seoyeon, 민준/minjun",
        "김/kim, 이/lee, 박/park, 남궁/namgung",
        "한강소프트 주식회사/hangang, 무지개 식품/mujigae",
        "서울, 부산, 제주",
    ),
    _locale(
        "EG", "+20 10 0#######",
        "ليلى/layla, محمد/mohamed, أمينة/amina",
        "الشريف/elsharif, حسن/hassan, منصور/mansour",
        "شركة النيل للبرمجيات/nile, أهرام التجارة/ahram",
        "القاهرة, الإسكندرية, الأقصر",
    ),
    _locale(
        "AE", "+971 50 ### ####",
        "فاطمة/fatima, خالد/khalid, مريم/maryam",
        "المنصوري/almansoori, القاسمي/alqasimi",
        "واحة الخليج/wahat, نخيل دبي للتقنية/nakheel",
        "دبي, أبوظبي, الشارقة",
    ),
    _locale(
        "IL", "+972 50-###-####",
        "נועה/noa, איתי/itai, שירה/shira",
        "כהן/cohen, לוי/levi, בן־דוד/bendavid",
        'תפוח זהב בע"מ/tapuach, גלים תוכנה/galim',
        "תל אביב, ירושלים, חיפה",
    ),
    _locale(
        "IN", "+91 81### #####",
        "Aparna, अदिति/aditi, राहुल/rahul, Arjun, தமிழ்/tamil",
        "Bosu, शर्मा/sharma, अय्यर/iyer, Chatterjee",
        "भारत क्लाउड/bharat, Ganga_Jal Exports, ಮೈಸೂರು ರೇಷ್ಮೆ/mysuru, কলকাতা চা/kolkata",
        "मुंबई/Maharashtra, কলকাতা/West Bengal, Bengaluru/Karnataka, சென்னை/Tamil Nadu",
    ),
    _locale(
        "TH", "+66 81 ### ####",
        "สมชาย/somchai, มาลี/mali, ณัฐ/nat",
        "ใจดี/jaidee, ศรีสุข/srisuk, วงศ์/wong",
        "ข้าวหอมไทย จำกัด/khaohom, ช้างน้อย โลจิสติกส์/changnoi",
        "กรุงเทพมหานคร, เชียงใหม่, ภูเก็ต",
    ),
)  # fmt: skip
