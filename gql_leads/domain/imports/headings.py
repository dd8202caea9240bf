"""Headings of imported files: those of this service's export, and by language those of other products' exports."""

from collections.abc import Mapping
from typing import Final

from gql_leads.domain.imports.fields import LeadImportField

F = LeadImportField

OWN_HEADINGS: Final[Mapping[str, LeadImportField]] = {
    "Reference": F.REFERENCE, "Type": F.TYPE, "Source": F.SOURCE, "CallToAction": F.CALL_TO_ACTION, "Status": F.STATUS, "Stage": F.STAGE,
    "Outcome": F.OUTCOME, "Quality": F.QUALITY, "FirstName": F.FIRST_NAME, "LastName": F.LAST_NAME, "Title": F.TITLE, "Email": F.EMAIL,
    "EmailValidity": F.EMAIL_VALIDITY, "Phone": F.PHONE, "PhoneValidity": F.PHONE_VALIDITY, "Company": F.COMPANY,
    "CompanySize": F.COMPANY_SIZE, "Industry": F.INDUSTRY, "City": F.CITY, "Region": F.REGION, "Country": F.COUNTRY,
    "ConsentToContact": F.CONSENT_TO_CONTACT, "ConsentToShare": F.CONSENT_TO_SHARE, "Message": F.MESSAGE, "ListingName": F.LISTING_NAME,
    "PartnerName": F.PARTNER, "OwnerName": F.OWNER_EMAIL, "QueueName": F.QUEUE, "ExternalReference": F.EXTERNAL_REFERENCE,
    "ContactUrgency": F.IGNORE, "ContactRequestedAt": F.CONTACT_REQUESTED, "ExpiresAt": F.EXPIRES_AT,
    "LeadCreationDateTime": F.CREATED_AT, "UpdatedAt": F.UPDATED_AT, "ClaimedAt": F.CLAIMED_AT, "AcceptedAt": F.ACCEPTED_AT,
    "ArchivedAt": F.ARCHIVED_AT, "DealName": F.DEAL_NAME, "DealValue": F.DEAL_AMOUNT, "DealCurrency": F.DEAL_CURRENCY,
    "PurchaseTimeframe": F.PURCHASE_TIMEFRAME, "ExpectedCloseDate": F.EXPECTED_CLOSE_DATE, "CampaignCode": F.CAMPAIGN_CODE,
    "CrmId": F.CRM_ID, "CloseReason": F.CLOSE_REASON, "CloseComment": F.CLOSE_COMMENT, "IsTest": F.IS_TEST,
    # Names of fields that the export does not have.
    "FullName": F.FULL_NAME, "Note": F.NOTE, "CreatedAt": F.CREATED_AT, "ContactRequested": F.CONTACT_REQUESTED, "Partner": F.PARTNER,
    "OwnerEmail": F.OWNER_EMAIL, "Queue": F.QUEUE, "DealAmount": F.DEAL_AMOUNT,
}  # fmt: skip
"""The headings of the export. A test compares them with the export."""

HEADINGS: Final[Mapping[str, Mapping[LeadImportField, str]]] = {
    "en": {
        F.EXTERNAL_REFERENCE: "External ID|Lead ID|Record ID|Contact ID|Lead Number|Eloqua Contact ID|(Do Not Modify) Lead"
        "|Original System Reference|Source System Reference Value|Orig System Reference",
        F.FIRST_NAME: "First Name|Given Name|Primary Contact First Name|Primary Contact Person First Name|Contact First Name",
        F.LAST_NAME: "Last Name|Surname|Family Name|Primary Contact Last Name|Primary Contact Person Last Name|Contact Last Name",
        F.FULL_NAME: "Full Name|Name|Contact Name|Contact|Primary Contact|Primary Contact Name|Contact Full Name|Customer Name",
        F.TITLE: "Job Title|Position|Primary Contact Job Title|Contact Job Title|Designation",
        F.EMAIL: "Email Address|E-mail|E-mail Address|Work Email|Business Email|Primary Contact Email|Primary Contact Email Address"
        "|Email Address 1|Primary Contact Person Email",
        F.PHONE: "Phone Number|Business Phone|Work Phone|Telephone|Primary Phone|Primary Phone Number|Primary Contact Phone"
        "|Company Main Phone|Mobile|Mobile Phone|Mobile Phone Number|Mobile Number|Home Phone",
        F.COMPANY: "Company Name|Company / Account|Account|Account Name|Associated Company|Organization|Organization Name"
        "|Customer Party Name|Primary Company",
        F.COMPANY_SIZE: "No. of Employees|Number of Employees|Employees|Company Size|Number Of Employees1",
        F.INDUSTRY: "Industry Sector|Industry1",
        F.CITY: "Town|Business City|Work City|Primary Contact City|Address 1: City|Mailing City",
        F.REGION: "State/Province|State|Province|State/Region|State or Province|Business State|Primary Contact State"
        "|Address 1: State/Province|Mailing State/Province",
        F.COUNTRY: "Country/Region|Country Code|Business Country/Region|Business Country|Primary Contact Country"
        "|Address 1: Country/Region|Mailing Country",
        F.MESSAGE: "Description|Comments|Enquiry|Inquiry|Lead Description",
        F.LISTING_NAME: "Listing|Listing Title|Offer|Offer Title|Offer Name|Product|Product Interest|Product Name|Topic|Lead Name",
        F.TYPE: "Lead Type",
        F.SOURCE: "Lead Source|Original Source|Original Traffic Source|Source Campaign|Lead Source - Original|Channel Type",
        F.STATUS: "Lead Status|Status Reason|Status Code",
        F.CAMPAIGN_CODE: "Campaign Code",
        F.NOTE: "Notes|Contact Note",
        F.CREATED_AT: "Create Date|Created Date|Created On|Date Created|Creation Date|Created",
        F.CONSENT_TO_CONTACT: "Consent to Contact",
    },
    "fr": {
        F.EXTERNAL_REFERENCE: "ID externe|ID de piste|ID d'enregistrement|Numéro de piste|ID du contact|ID de la fiche d'informations",
        F.FIRST_NAME: "Prénom|Prénom du contact principal",
        F.LAST_NAME: "Nom de famille|Nom|Nom du contact principal",
        F.FULL_NAME: "Nom complet|Nom du contact|Contact principal",
        F.TITLE: "Fonction|Intitulé du poste|Poste|Titre du poste|Titre de fonction",
        F.EMAIL: "Adresse e-mail|E-mail|Adresse électronique|Adresse de messagerie|Courriel|Adresse e-mail du contact principal",
        F.PHONE: "Téléphone|Numéro de téléphone|Téléphone professionnel|Téléphone (bureau)|Tél.|Téléphone mobile|Tél. mobile|Mobile"
        "|Numéro de téléphone mobile|Téléphone portable",
        F.COMPANY: "Société|Entreprise|Nom de l'entreprise|Nom de la société|Nom de société|Compte|Société / Compte|Organisation",
        F.COMPANY_SIZE: "Nombre d'employés|Nb d'employés|Effectif|Taille de l'entreprise|Nombre de salariés",
        F.INDUSTRY: "Secteur d'activité|Secteur|Industrie",
        F.CITY: "Ville|Ville (bureau)|Adresse 1 : Ville",
        F.REGION: "Région|État/Province|État/Région|Département|État|Province|Dép/Région (bureau)",
        F.COUNTRY: "Pays|Pays/Région|Code pays|Pays/Région (bureau)",
        F.MESSAGE: "Description|Message|Commentaires|Demande",
        F.LISTING_NAME: "Offre|Titre de l'offre|Produit|Rubrique|Sujet|Nom du produit|Intérêt produit",
        F.TYPE: "Type de piste",
        F.SOURCE: "Origine de la piste|Source de la piste|Source du prospect|Source d'origine|Source du lead|Origine",
        F.STATUS: "Statut|Statut de la piste|Statut du lead|Raison du statut|Statut du prospect|État de la piste",
        F.CAMPAIGN_CODE: "Code de campagne|Code campagne",
        F.NOTE: "Notes|Remarques",
        F.CREATED_AT: "Date de création|Créé le|Créé(e) le",
        F.CONSENT_TO_CONTACT: "Consentement au contact",
    },
    "de": {
        F.EXTERNAL_REFERENCE: "Externe ID|Lead-ID|Datensatz-ID|Leadnummer|Kontakt-ID|Lead-Nummer",
        F.FIRST_NAME: "Vorname|Vorname des Hauptkontakts",
        F.LAST_NAME: "Nachname|Familienname|Nachname des Hauptkontakts",
        F.FULL_NAME: "Vollständiger Name|Vollst. Name|Name|Ansprechpartner|Hauptkontakt|Kontakt|Kontaktname",
        F.TITLE: "Position|Berufsbezeichnung|Jobbezeichnung|Funktion|Tätigkeitsbezeichnung|Titel",
        F.EMAIL: "E-Mail|E-Mail-Adresse|Mail|E-Mail-Adresse des Hauptkontakts",
        F.PHONE: "Telefon|Telefonnummer|Telefon geschäftlich|Telefon (geschäftlich)|Geschäftstelefon|Rufnummer|Mobiltelefon|Mobil|Handy"
        "|Mobiltelefonnummer|Handynummer|Telefon privat",
        F.COMPANY: "Firma|Unternehmen|Firmenname|Unternehmensname|Name des Unternehmens|Account|Firma / Account|Organisation",
        F.COMPANY_SIZE: "Anzahl der Mitarbeiter|Mitarbeiteranzahl|Mitarbeiterzahl|Anzahl Mitarbeiter|Mitarbeiter|Unternehmensgröße",
        F.INDUSTRY: "Branche|Industrie",
        F.CITY: "Ort|Stadt|Ort geschäftlich|Adresse 1: Ort|Geschäftlich: Ort",
        F.REGION: "Bundesland|Bundesland/Kanton|Region geschäftlich|Bundesstaat/Region|Bundesland/Provinz|Bundesland/Region|Provinz",
        F.COUNTRY: "Land|Land/Region|Land geschäftlich|Ländercode|Land/Region geschäftlich",
        F.MESSAGE: "Beschreibung|Nachricht|Anfrage|Kommentare",
        F.LISTING_NAME: "Angebot|Angebotstitel|Produkt|Thema|Produktinteresse|Produktname",
        F.TYPE: "Leadtyp",
        F.SOURCE: "Leadquelle|Lead-Quelle|Quelle|Herkunft|Ursprüngliche Quelle",
        F.STATUS: "Leadstatus|Lead-Status|Statusgrund",
        F.CAMPAIGN_CODE: "Kampagnencode",
        F.NOTE: "Notizen|Notiz|Bemerkungen",
        F.CREATED_AT: "Erstellungsdatum|Erstellt am|Erstelldatum|Angelegt am",
        F.CONSENT_TO_CONTACT: "Einwilligung zum Kontakt",
    },
    "cs": {
        F.EXTERNAL_REFERENCE: "Externí ID|ID zájemce|ID záznamu|Číslo zájemce|ID kontaktu|ID potenciálního zákazníka",
        F.FIRST_NAME: "Jméno|Křestní jméno|Jméno hlavního kontaktu",
        F.LAST_NAME: "Příjmení|Příjmení hlavního kontaktu",
        F.FULL_NAME: "Celé jméno|Jméno a příjmení|Jméno kontaktu|Kontaktní osoba|Hlavní kontakt",
        F.TITLE: "Funkce|Pozice|Pracovní pozice|Pracovní zařazení|Název pozice|Titul",
        F.EMAIL: "E-mail|E-mailová adresa|Adresa elektronické pošty",
        F.PHONE: "Telefon|Telefonní číslo|Telefon do zaměstnání|Telefon (zaměstnání)|Firemní telefon|Mobilní telefon|Mobil"
        "|Číslo mobilního telefonu|Číslo mobilu",
        F.COMPANY: "Společnost|Firma|Název společnosti|Název firmy|Účet|Organizace",
        F.COMPANY_SIZE: "Počet zaměstnanců|Velikost firmy|Velikost společnosti",
        F.INDUSTRY: "Odvětví|Obor|Obor podnikání",
        F.CITY: "Město|Obec|Město (zaměstnání)|Adresa 1: město",
        F.REGION: "Kraj|Kraj/provincie|Stát/provincie|Oblast|Region|Kraj (zaměstnání)|Stát/kraj",
        F.COUNTRY: "Země|Stát|Země/oblast|Země/region|Kód země|Země nebo oblast",
        F.MESSAGE: "Popis|Zpráva|Poptávka|Komentáře",
        F.LISTING_NAME: "Nabídka|Název nabídky|Produkt|Téma|Předmět|Název produktu",
        F.TYPE: "Typ zájemce",
        F.SOURCE: "Zdroj|Zdroj zájemce|Zdroj potenciálního zákazníka|Původní zdroj|Zdroj leadu",
        F.STATUS: "Stav|Stav zájemce|Stav potenciálního zákazníka|Stav leadu|Důvod stavu",
        F.CAMPAIGN_CODE: "Kód kampaně",
        F.NOTE: "Poznámky|Poznámka",
        F.CREATED_AT: "Datum vytvoření|Vytvořeno|Vytvořeno dne",
        F.CONSENT_TO_CONTACT: "Souhlas s kontaktováním",
    },
    "pl": {
        F.EXTERNAL_REFERENCE: "Identyfikator zewnętrzny|Identyfikator leada|Identyfikator rekordu|ID rekordu|Numer leada"
        "|Identyfikator potencjalnego klienta",
        F.FIRST_NAME: "Imię|Imię kontaktu głównego",
        F.LAST_NAME: "Nazwisko|Nazwisko kontaktu głównego",
        F.FULL_NAME: "Imię i nazwisko|Pełna nazwa|Osoba kontaktowa|Kontakt główny|Nazwa kontaktu",
        F.TITLE: "Stanowisko|Funkcja|Nazwa stanowiska|Tytuł",
        F.EMAIL: "E-mail|Adres e-mail|Adres poczty elektronicznej|Poczta e-mail|Adres email",
        F.PHONE: "Telefon|Numer telefonu|Telefon służbowy|Telefon (służbowy)|Telefon komórkowy|Komórka|Numer telefonu komórkowego",
        F.COMPANY: "Firma|Nazwa firmy|Konto|Organizacja|Przedsiębiorstwo|Spółka",
        F.COMPANY_SIZE: "Liczba pracowników|Liczba zatrudnionych|Wielkość firmy",
        F.INDUSTRY: "Branża|Sektor",
        F.CITY: "Miasto|Miejscowość|Miejscowość - adres służbowy|Adres 1: miasto",
        F.REGION: "Województwo|Region|Stan/Prowincja|Stan/Region|Województwo - adres służbowy|Województwo/region",
        F.COUNTRY: "Kraj|Państwo|Kraj/Region|Kod kraju|Kraj/region - adres służbowy",
        F.MESSAGE: "Opis|Wiadomość|Zapytanie|Komentarze",
        F.LISTING_NAME: "Oferta|Tytuł oferty|Produkt|Temat|Nazwa produktu",
        F.TYPE: "Typ leada",
        F.SOURCE: "Źródło|Źródło leada|Źródło potencjalnego klienta|Pierwotne źródło|Oryginalne źródło",
        F.STATUS: "Stan leada|Status leada|Status potencjalnego klienta|Przyczyna stanu|Powód statusu",
        F.CAMPAIGN_CODE: "Kod kampanii",
        F.NOTE: "Notatki|Uwagi|Notatka",
        F.CREATED_AT: "Data utworzenia|Utworzono|Utworzony|Data założenia",
        F.CONSENT_TO_CONTACT: "Zgoda na kontakt",
    },
}
"""For each language the headings of a field, separated by bars; where a file has several of them, the first has precedence."""
