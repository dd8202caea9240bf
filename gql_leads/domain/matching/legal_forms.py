"""Legal forms of companies, in the notations in which they are written after, and some before, a company's name.

A part without full stops stands for the notations with and without them: `sa` is "SA" and "S.A.". A part with full stops is a
form only with them, because without them it is an ordinary word or a name of its own: `e.v.` is "e.V.", not "EV".
The library cleanco was tried and is not used: it knows neither 株式会社 nor "S.à r.l.", leaves "Acme Co." of "Acme Co., Ltd.",
and drops words such as "da", "et" and "ok" at the end of any name.
"""

from typing import Final

from gql_leads.domain.values.text_folding import fold

_BEHIND: Final = """
    ab / ab publ / ag / se / as / asa / aps / a/s / i/s / k/s / p/s / amba / abp / oy / oyj / oy ab / oyj abp / ky / hf / ehf / ohf / gmbh
    ggmbh / gesmbh / mbh / kg / kgaa / ohg / og / ug / ug haftungsbeschränkt / ug & co kg / gbr / partg / partg mbb / e.v. / e.k. / e.u.
    eg / gmbh & co kg / gmbh & co kgaa / gmbh & co ohg / ag & co kg / ag & co kgaa / se & co kg / se & co kgaa / mbh & co kg / & co kg
    & co / gesellschaft mbh / aktiengesellschaft / aktiebolag / aktieselskab / osakeyhtiö / anpartsselskab / bv / nv / bvba / cvba / vof
    sprl / srl / scrl / c.v. / cv. / nv/sa / sa/nv / sa / s/a / sas / sasu / sarl / sàrl / sà rl / s à rl / sa rl / s a rl / s.à.r.l.
    eurl / snc / sci / scop / société anonyme / s.c.a. / & cie / et cie / spa / srls / sapa / s.a.s. / s.s. / soc coop
    società per azioni / sl / slu / sau / slne / sociedad anónima / sociedad limitada / s coop / s.c. / sa de cv / sab de cv
    sapi de cv / s de rl / s de rl de cv / ltda / limitada / lda / sgps / eireli / epp / eirl / ltd / limited / plc / llp / lp / llc
    lllp / pllc / inc / incorporated / corp / corporation / co / company / co ltd / co limited / company limited / company ltd / co inc
    co llc / & company / limited liability company / public limited company / private limited company / pty / pty ltd / pty limited
    proprietary limited / pvt ltd / pvt limited / private limited / private ltd / p ltd / pte / pte ltd / pte limited / sdn bhd / bhd
    tbk / unlimited / wll / fz-llc / fz llc / fze / fzco / sp z oo / spz oo / sp z oo sp k / sp zoo / spzoo / spółka z oo
    spółka z ograniczoną odpowiedzialnością / spółka akcyjna / sp j / sp k / s.k.a. / sro / spol s ro / v.o.s. / k.s. / akc spol / kft
    zrt / nyrt / kkt / bt. / rt. / doo / d.d. / jdoo / dooel / doel / a.d. / ead / ood / eood / оод / еоод / ад / оад / srl-d / sia
    uab / oü / tü / mb / ae / epe / ike / αε / επε / ικε / οε / εε / a.ş. / aş / ltd şti / şti / limited şirketi / anonim şirketi
    tic ltd şti / san tic ltd şti / san ve tic ltd şti / san ve tic aş / tic aş / ooo / oao / zao / pao / ооо / оао / зао / пао / ао
    тоо / тов / прат / пат / чп / фоп / jsc / pjsc / ojsc / cjsc / tov / mchj / kk / gk / yk / בעמ / ش م م / ذ م م / ش م ع / ش م ل / شمم
    ذمم / شمع / شمل / شذمم / ش ذ م م
"""
_FRONT: Final = """
    ab / as / a/s / asa / aps / ag / sa / sl / sas / sasu / sarl / sàrl / sà rl / eurl / snc / srl / spa / kk / gk / oy / pt / cv / ud
    sia / uab / oü / jsc / gmbh / bv / nv / ooo / oao / zao / pao / ао / зао / ип / оао / ооо / пао / тоо / тов / чп / фоп / прат / пат
    ад / оод / еоод / αε / บริษัท
"""
_ATTACHED: Final = """
    一般社団法人 一般財団法人 株式会社 有限会社 合同会社 合資会社 合名会社 (株) (有) (同) (資) (名) (社)
    유한책임회사 주식회사 유한회사 (주) (유)
"""
_ATTACHED_BEHIND: Final = """
    股份有限公司 股份有限責任公司 有限責任公司 有限责任公司 集团有限公司 集團有限公司 控股有限公司 有限公司 จำกัด
"""
ATTACHED: Final = tuple(map(fold, _ATTACHED.split()))
"""Forms that are written before or after the name, with or without a space."""
ATTACHED_BEHIND: Final = tuple(map(fold, _ATTACHED_BEHIND.split()))
"""Forms that are written after the name, with or without a space; of two that fit the longer comes first."""


def _forms(text: str) -> frozenset[tuple[str, ...]]:
    return frozenset(tuple(fold(form).split()) for line in text.splitlines() for form in line.split(" / ") if form.strip())


BEHIND: Final = _forms(_BEHIND)
"""Forms at the end of a name, each as its words."""
FRONT: Final = _forms(_FRONT)
"""Forms that are also written before the name. Any name can begin with such a word: see `names.same_company`."""
LONGEST: Final = max(map(len, BEHIND))
