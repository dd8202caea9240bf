"""The texts of the pages that set a password, in the languages of members."""

from collections.abc import Mapping
from typing import Final

from gql_leads.domain.members import Language
from gql_leads.services.sign_in.links import LinkFault
from gql_leads.services.sign_in.passwords import PasswordFault

TEXTS: Final[dict[Language, dict[str, str]]] = {
    Language.EN: {
        "title": "Set your password", "hello": "Hello", "password": "New password (at least 12 characters)",
        "repeated": "The same password again", "button": "Set the password",
        "done": "Your password is set. You can sign in with it now.", "differ": "The two passwords differ. Enter the same one twice.",
    },
    Language.FR: {
        "title": "Choisissez votre mot de passe", "hello": "Bonjour", "password": "Nouveau mot de passe (au moins 12 caractères)",
        "repeated": "Le même mot de passe", "button": "Enregistrer le mot de passe",
        "done": "Votre mot de passe est enregistré. Vous pouvez maintenant vous connecter.",
        "differ": "Les deux mots de passe sont différents. Saisissez deux fois le même.",
    },
    Language.CS: {
        "title": "Nastavte si heslo", "hello": "Dobrý den", "password": "Nové heslo (nejméně 12 znaků)",
        "repeated": "Stejné heslo znovu", "button": "Nastavit heslo",
        "done": "Heslo je nastaveno. Nyní se s ním můžete přihlásit.", "differ": "Hesla se liší. Zadejte dvakrát stejné heslo.",
    },
    Language.PL: {
        "title": "Ustaw hasło", "hello": "Dzień dobry", "password": "Nowe hasło (co najmniej 12 znaków)",
        "repeated": "To samo hasło ponownie", "button": "Ustaw hasło",
        "done": "Hasło zostało ustawione. Możesz się teraz zalogować.", "differ": "Hasła się różnią. Wpisz dwa razy to samo hasło.",
    },
}  # fmt: skip
FAULTS: Final[Mapping[Language, Mapping[str, str]]] = {
    Language.EN: {fault: fault for faults in (LinkFault, PasswordFault) for fault in faults},
    Language.FR: {
        PasswordFault.TOO_SHORT: "Choisissez un mot de passe d'au moins 12 caractères.",
        PasswordFault.TOO_LONG: "Choisissez un mot de passe d'au plus 1 000 caractères.",
        PasswordFault.COMMON: "Choisissez un autre mot de passe : celui-ci est parmi les plus courants, que l'on essaie en premier.",
        LinkFault.UNKNOWN: "Ce lien n'est pas valable. Copiez-le en entier depuis le mail, ou demandez-en un nouveau.",
        LinkFault.USED: "Ce lien a déjà été utilisé. Connectez-vous avec votre mot de passe, ou demandez un nouveau lien.",
        LinkFault.REPLACED: "Un lien plus récent a remplacé celui-ci. Utilisez le lien du dernier mail.",
        LinkFault.EXPIRED: "Ce lien a expiré. Demandez-en un nouveau.",
        LinkFault.INACTIVE: "Vous ne pouvez pas vous connecter en ce moment : votre accès a été désactivé.",
    },
    Language.CS: {
        PasswordFault.TOO_SHORT: "Zvolte heslo o délce alespoň 12 znaků.",
        PasswordFault.TOO_LONG: "Zvolte heslo o délce nejvýše 1 000 znaků.",
        PasswordFault.COMMON: "Zvolte jiné heslo: toto patří k nejběžnějším, která se zkoušejí jako první.",
        LinkFault.UNKNOWN: "Tento odkaz není platný. Zkopírujte jej z e-mailu celý, nebo požádejte o nový.",
        LinkFault.USED: "Tento odkaz byl již použit. Přihlaste se svým heslem, nebo požádejte o nový odkaz.",
        LinkFault.REPLACED: "Tento odkaz byl nahrazen novějším. Použijte odkaz z posledního e-mailu.",
        LinkFault.EXPIRED: "Platnost tohoto odkazu vypršela. Požádejte o nový.",
        LinkFault.INACTIVE: "Nyní se nemůžete přihlásit: váš přístup byl deaktivován.",
    },
    Language.PL: {
        PasswordFault.TOO_SHORT: "Wybierz hasło o długości co najmniej 12 znaków.",
        PasswordFault.TOO_LONG: "Wybierz hasło o długości najwyżej 1000 znaków.",
        PasswordFault.COMMON: "Wybierz inne hasło: to należy do najczęstszych, które są sprawdzane w pierwszej kolejności.",
        LinkFault.UNKNOWN: "Ten link jest nieprawidłowy. Skopiuj go w całości z wiadomości albo poproś o nowy.",
        LinkFault.USED: "Ten link został już użyty. Zaloguj się swoim hasłem albo poproś o nowy link.",
        LinkFault.REPLACED: "Ten link został zastąpiony nowszym. Użyj linku z ostatniej wiadomości.",
        LinkFault.EXPIRED: "Ten link wygasł. Poproś o nowy.",
        LinkFault.INACTIVE: "Nie możesz się teraz zalogować: Twój dostęp został wyłączony.",
    },
}
"""Why a password is refused or a link cannot be used, by the English sentence of the API."""


def translation_of(message: str, language: Language) -> str:
    """Return the message in the language; one that is not of these pages stays English."""
    return FAULTS[language].get(message, message)
