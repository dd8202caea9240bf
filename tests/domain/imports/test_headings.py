"""The headings of four products in five languages, as their documentation names them; the rows of real files are tested elsewhere."""

import pytest

from gql_leads.domain.imports.fields import LeadImportField as F
from gql_leads.domain.imports.headers import read_header

CASES = {
    "Salesforce, English": "First Name|Last Name|Title|Company / Account|Email|Phone|Mobile|City|State/Province|Country"
    "|Lead Source|Lead Status|Industry|No. of Employees|Description|Create Date|Lead ID",
    "HubSpot, English": "Record ID|First Name|Last Name|Email|Phone Number|Lead Status|Company Name|Job Title|City|State/Region"
    "|Country/Region|Create Date|Original Source|Number of Employees|Industry",
    "Dynamics, English": "(Do Not Modify) Lead|Topic|First Name|Last Name|Job Title|Business Phone|Mobile Phone|Email|Company Name"
    "|Number of Employees|Lead Source|Status Reason|Description|City|State/Province|Country/Region|Created On",
    "Eloqua, English": "Email Address|First Name|Last Name|Company|Title|Business Phone|City|State or Province|Country|Date Created",
    "Oracle Sales, English": "Lead Number|Lead Name|Primary Contact First Name|Primary Contact Last Name|Primary Contact Email"
    "|Primary Phone|Primary Contact Country|Customer Party Name|Description|Creation Date",
    "Salesforce, French": "Prénom|Nom|Fonction|Société / Compte|Adresse e-mail|Téléphone|Tél. mobile|Ville|État/Province|Pays"
    "|Origine de la piste|Statut de la piste|Secteur d'activité|Nombre d'employés|Description|Date de création",
    "Outlook, French": "Prénom|Nom|Société|Titre|Ville (bureau)|Dép/Région (bureau)|Pays/Région (bureau)|Téléphone (bureau)"
    "|Adresse de messagerie|Notes",
    "Salesforce, German": "Vorname|Nachname|Firma / Account|E-Mail|Telefon|Ort|Bundesland/Kanton|Land|Leadquelle|Leadstatus|Branche"
    "|Anzahl der Mitarbeiter|Beschreibung|Erstellungsdatum",
    "HubSpot, German": "Vorname|Nachname|E-Mail-Adresse|Telefonnummer|Lead-Status|Name des Unternehmens|Jobbezeichnung|Stadt"
    "|Bundesland/Region|Land/Region|Erstellungsdatum|Datensatz-ID",
    "Outlook, Czech": "Jméno|Příjmení|Společnost|Funkce|Město (zaměstnání)|Kraj (zaměstnání)|Telefon (zaměstnání)"
    "|E-mailová adresa|Poznámky",
    "Dynamics, Czech": "Téma|Jméno|Příjmení|Funkce|Telefon do zaměstnání|E-mail|Název společnosti|Počet zaměstnanců|Město|Kraj|Země/oblast"
    "|Zdroj potenciálního zákazníka|Stav|Popis|Vytvořeno",
    "HubSpot, Polish": "Imię|Nazwisko|E-mail|Numer telefonu|Nazwa firmy|Nazwa stanowiska|Miasto|Województwo/region|Kraj/Region"
    "|Data utworzenia|Liczba pracowników|Branża",
    "Salesforce, Polish": "Imię|Nazwisko|Firma|Stanowisko|Adres e-mail|Telefon|Telefon komórkowy|Miasto|Stan/Prowincja|Kraj|Źródło leada"
    "|Stan leada|Opis",
}


@pytest.mark.parametrize("product", CASES)
def test_the_headings_of_an_export_are_known(product: str) -> None:
    header = read_header(CASES[product].split("|"))
    assert [one.heading for one in header.remarks] == ["Titre"] * product.startswith("Outlook, French")
    assert header.columns.keys() & {F.LAST_NAME, F.FULL_NAME}
    assert F.EMAIL in header.columns
