"""Names of countries in five languages: files of other products and forms of web pages write them out."""

from typing import Final

from gql_leads.domain.values.codes import COUNTRIES
from gql_leads.domain.values.text_folding import fold_for_search

_OTHER_NAMES: Final = """
AE Vereinigte Arabische Emirate|Émirats arabes unis|Spojené arabské emiráty|Zjednoczone Emiraty Arabskie|UAE
AR Argentinien|Argentine|Argentyna
AT Österreich|Autriche|Rakousko|AUT
AU Australien|Australie|Austrálie|AUS
BE Belgien|Belgique|Belgie|Belgia|BEL
BG Bulgarien|Bulgarie|Bulharsko|Bułgaria|BGR
BR Brasilien|Brésil|Brazílie|Brazylia|Brasil|BRA
CA Kanada|CAN
CH Schweiz|Suisse|Švýcarsko|Szwajcaria|CHE
CL Chili
CN Chine|Čína|Chiny|CHN|People's Republic of China
CZ Czech Republic|Tschechien|Tschechische Republik|République tchèque|Tchéquie|Česko|Česká republika|Czechy|Republika Czeska|CZE
DE Deutschland|Allemagne|Německo|Niemcy|DEU
DK Dänemark|Danemark|Dánsko|Dania|DNK
EE Estland|Estonie|Estonsko
EG Ägypten|Égypte|Egipt
ES Spanien|Espagne|Španělsko|Hiszpania|España|ESP
FI Finnland|Finlande|Finsko|Finlandia|FIN
FR Frankreich|Francie|Francja|FRA
GB UK|Great Britain|England|Scotland|Wales|Northern Ireland|Großbritannien|Vereinigtes Königreich|Royaume-Uni|Grande-Bretagne|Velká Británie|Spojené království|Wielka Brytania|Zjednoczone Królestwo|GBR
GR Griechenland|Grèce|Řecko|Grecja
HR Kroatien|Croatie|Chorvatsko|Chorwacja
HU Ungarn|Hongrie|Maďarsko|Węgry|HUN
ID Indonesien|Indonésie|Indonezja
IE Irland|Irlande|Irsko|Irlandia|Republic of Ireland|IRL
IL Israël|Izrael
IN Indien|Inde|Indie|IND
IS Island|Islande|Islandia
IT Italien|Italie|Itálie|Włochy|Italia|ITA
JP Japon|Japonsko|Japonia|JPN
KR South Korea|Korea, Republic of|Republic of Korea|Südkorea|Corée du Sud|Jižní Korea|Korea Południowa|KOR
LT Litauen|Lituanie|Litva|Litwa
LU Luxemburg|Lucembursko|Luksemburg|LUX
LV Lettland|Lettonie|Lotyšsko|Łotwa
MA Marokko|Maroc|Maroko
MX Mexiko|Mexique|Meksyk|México|MEX
NL The Netherlands|Holland|Niederlande|Pays-Bas|Nizozemsko|Nizozemí|Holandia|Niderlandy|Nederland|NLD
NO Norwegen|Norvège|Norsko|Norwegia|NOR
NZ Neuseeland|Nouvelle-Zélande|Nový Zéland|Nowa Zelandia|NZL
PL Polen|Pologne|Polsko|Polska|POL
PT Portugalsko|Portugalia|PRT
RO Rumänien|Roumanie|Rumunsko|Rumunia|ROU
RS Serbien|Serbie|Srbsko
RU Russian Federation|Russland|Russie|Rusko|Rosja|RUS
SA Saudi-Arabien|Arabie saoudite|Saúdská Arábie|Arabia Saudyjska
SE Schweden|Suède|Švédsko|Szwecja|SWE
SG Singapur|Singapour|SGP
SI Slowenien|Slovénie|Slovinsko|Słowenia
SK Slovak Republic|Slowakei|Slovaquie|Slovensko|Słowacja|SVK
TN Tunesien|Tunisie|Tunisko|Tunezja
TR Turkey|Türkei|Turquie|Turecko|Turcja|TUR
TW Taiwan, Province of China
UA Ukrajina|Ukraina|UKR
US USA|United States of America|Vereinigte Staaten|Vereinigte Staaten von Amerika|États-Unis|Spojené státy|Spojené státy americké|Stany Zjednoczone|America|U.S.|U.S.A.
VN Viet Nam
ZA Südafrika|Afrique du Sud|Jižní Afrika|Jihoafrická republika|Republika Południowej Afryki|ZAF
"""  # noqa: E501


def country_code(text: str) -> str | None:
    """Return the ISO 3166-1 alpha-2 code of a country given by its code or its name; None if it is not known."""
    code = text.strip().upper()
    return code if code in COUNTRIES else _CODES.get(_key(text))


def _key(name: str) -> str:
    return "".join(one for one in fold_for_search(name) if one.isalnum())


_CODES: Final = {_key(name): code for code, name in COUNTRIES.items()} | {
    _key(name): line[:2] for line in _OTHER_NAMES.strip().splitlines() for name in line[3:].split("|")
}
