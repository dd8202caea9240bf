"""Mail providers that anybody can have an address with: their domains name no company.

The list serves two questions: an address of one of these domains is deliverable as far as its syntax is right, and no company
is recognised by such a domain. For the second, the brands count under any top-level domain: no list of national domains is complete.
"""

from typing import Final

_DOMAINS: Final = """
    012.net.il 126.com 163.com 163.net 21cn.com absamail.co.za abv.bg adam.com.au aim.com airtelmail.in alice.de alice.it
    aliceadsl.fr aliyun.com aol.co.uk aol.com aol.de aol.fr aol.it apollo.lv arcor.de arnet.com.ar aruba.it asia.com att.net
    au.com azet.sk bahnhof.se bbox.fr belgacom.net bellsouth.net bezeqint.net biglobe.ne.jp bigmir.net bigpond.com bigpond.net.au
    bk.ru bluemail.ch bluewin.ch blueyonder.co.uk bol.com.br bredband.net broadpark.no bsnl.in btinternet.com c2i.net cantv.net
    caramail.com casema.nl cegetel.net centrum.cz centrum.sk centurylink.net charter.net chello.at chello.hu chello.nl
    citromail.hu ciudad.com.ar clear.net.nz clix.pt club-internet.fr cock.li cogeco.ca comcast.net comhem.se cox.net
    cytanet.com.cy dataone.in daum.net delfi.lt delfi.lv dion.ne.jp disroot.org docomo.ne.jp dodo.com.au dreamwiz.com duck.com
    earthlink.net eastlink.ca eim.ae eircom.net elisanet.fi email.com email.cz email.it emirates.net.ae empal.com entelchile.net
    eresmas.com etb.net.co excite.co.jp ezweb.ne.jp fastmail.com fastmail.fm fastweb.it fibertel.com.ar forthnet.gr foxmail.com
    free.fr freemail.hu freenet.de frisurf.no frontier.com frontiernet.net globo.com gmail.com gmx.at gmx.ch gmx.co.uk gmx.com
    gmx.de gmx.es gmx.fr gmx.info gmx.li gmx.net gmx.us goo.jp googlemail.com hanmail.net hanmir.com hetnet.nl hey.com hinet.net
    hispeed.ch home.nl home.se hot.ee hotmail.be hotmail.ca hotmail.ch hotmail.cl hotmail.co.id hotmail.co.il hotmail.co.jp
    hotmail.co.nz hotmail.co.th hotmail.co.uk hotmail.co.za hotmail.com hotmail.com.ar hotmail.com.au hotmail.com.br
    hotmail.com.hk hotmail.com.mx hotmail.com.tr hotmail.com.tw hotmail.cz hotmail.de hotmail.dk hotmail.es hotmail.fi hotmail.fr
    hotmail.gr hotmail.hu hotmail.it hotmail.my hotmail.nl hotmail.no hotmail.ph hotmail.rs hotmail.se hotmail.sg hotmail.sk
    hushmail.com i.softbank.jp i.ua ibest.com.br icloud.com ig.com.br ihug.co.nz iinet.net.au in.gr inbox.com inbox.lt inbox.lv
    inbox.ru indamail.hu indiatimes.com indosat.net.id infoseek.jp inode.at interia.eu interia.pl internet.ru internode.on.net
    inwind.it iol.it iol.pt ireland.com jazztel.es jubii.dk juno.com kabelmail.de keemail.me kimo.com kolabnow.com kolumbus.fi
    korea.com kpnmail.nl kpnplanet.nl laposte.net lavabit.com libero.it list.ru live.at live.be live.ca live.ch live.cl live.cn
    live.co.kr live.co.uk live.co.za live.com live.com.ar live.com.au live.com.mx live.com.my live.com.ph live.com.pt live.com.sg
    live.de live.dk live.fi live.fr live.hk live.ie live.in live.it live.jp live.nl live.no live.ru live.se livedoor.com
    luukku.com lycos.co.kr lycos.com mac.com mail.bg mail.com mail.de mail.dk mail.ee mail.ru mail.telepac.pt mail.ua mailbox.org
    mailfence.com me.com meta.ua migadu.com mindspring.com movistar.es msn.com mts.net mweb.co.za mynet.com mynet.com.tr
    myself.com nate.com naver.com netcabo.pt netcologne.de netcourrier.com netscape.net netvigator.com netvigator.com.hk
    netvision.net.il netzero.net neuf.fr ngs.ru nifty.com ntlworld.com numericable.fr o2.co.uk o2.pl ocn.ne.jp ofir.dk oi.com.br
    one.lv onet.eu onet.pl online.de online.ee online.no online.se ono.com op.pl optonline.net optusnet.com.au orange.es orange.fr
    orange.pl otenet.gr outlook.at outlook.be outlook.cl outlook.co.id outlook.co.il outlook.co.th outlook.com outlook.com.ar
    outlook.com.au outlook.com.br outlook.com.gr outlook.com.tr outlook.com.vn outlook.cz outlook.de outlook.dk outlook.es
    outlook.fr outlook.hu outlook.ie outlook.in outlook.it outlook.jp outlook.kr outlook.lv outlook.my outlook.ph outlook.pt
    outlook.sa outlook.sg outlook.sk ozemail.com.au pacific.net.sg pandora.be paradise.net.nz paran.com passport.com pchome.com.tw
    plala.or.jp planet.nl plasa.com pm.me poczta.fm poczta.onet.pl pop.com.br post.cz post.sk posteo.de posteo.net pp.inet.fi
    prodigy.net.mx proton.me protonmail.ch protonmail.com proximus.be qq.com quicknet.nl r7.com rambler.ru rediffmail.com
    riseup.net rocketmail.com rogers.com runbox.com sapo.pt saunalahti.fi sbcglobal.net scarlet.be seed.net.tw seznam.cz sfr.fr
    shaw.ca sify.com simplelogin.com sina.cn sina.com singnet.com.sg sky.com skynet.be slingshot.co.nz snet.net so-net.ne.jp
    softbank.ne.jp sohu.com speedy.com.ar spray.se starhub.net.sg start.no startmail.com stofanet.dk streamyx.com sunrise.ch
    suomi24.fi supereva.it superig.com.br superonline.com swipnet.se swissonline.ch sympatico.ca t-online.de t-online.hu takas.lt
    talk21.com talktalk.net tdcadsl.dk tele2.nl tele2.se telefonica.net telekom.hu telenet.be teletu.it telia.com telia.se
    telkom.net telkomsa.net telus.net terra.com.br terra.es tim.it tin.it tiscali.co.uk tiscali.it tiscalinet.it tlen.pl tm.net.my
    tom.com tpg.com.au ttmail.com tut.by tuta.com tuta.io tutamail.com tutamail.de tutanota.com tutanota.de ukr.net une.net.co
    uol.com.br uolsinectis.com.ar upcmail.nl usa.net verizon.net versatel.nl videotron.ca vip.163.com vip.qq.com virgilio.it
    virgin.net virginmedia.com vodafone.it vodafone.ne.jp vodafone.pt vodamail.co.za voila.fr volny.cz voo.be vsnl.com vsnl.net
    vtr.net walla.co.il walla.com wanadoo.es wanadoo.fr web.de web.nl webmail.co.za westnet.com.au windowslive.com windstream.net
    wp.pl xs4all.nl xtra.co.nz ya.com ya.ru yahoo.at yahoo.be yahoo.ca yahoo.ch yahoo.cl yahoo.co.id yahoo.co.il yahoo.co.in
    yahoo.co.jp yahoo.co.kr yahoo.co.nz yahoo.co.th yahoo.co.uk yahoo.co.za yahoo.com yahoo.com.ar yahoo.com.au yahoo.com.br
    yahoo.com.cn yahoo.com.co yahoo.com.hk yahoo.com.mx yahoo.com.my yahoo.com.pe yahoo.com.ph yahoo.com.sg yahoo.com.tr
    yahoo.com.tw yahoo.com.vn yahoo.cz yahoo.de yahoo.dk yahoo.es yahoo.fi yahoo.fr yahoo.gr yahoo.hu yahoo.ie yahoo.in yahoo.it
    yahoo.nl yahoo.no yahoo.pl yahoo.pt yahoo.ro yahoo.se yandex.by yandex.com yandex.com.tr yandex.kz yandex.ru yandex.ua
    yeah.net ymail.com youmail.dk zahav.net.il zebra.lt zeelandnet.nl ziggo.nl zipmail.com.br zoho.com zoho.eu zohomail.com
    zonnet.nl
"""
PROVIDERS: Final = frozenset(_DOMAINS.split())
"""Domains of large providers, in lower case."""

_BRAND_NAMES: Final = """
    aol fastmail gmail gmx googlemail hanmail hotmail icloud laposte msn outlook posteo protonmail rediffmail rocketmail seznam tutanota
    windowslive yahoo yandex ymail zohomail
"""
_BRANDS: Final = frozenset(_BRAND_NAMES.split())
_SECOND_LEVEL: Final = frozenset({"ac", "co", "com", "edu", "gov", "go", "gob", "gouv", "ne", "net", "or", "org"})
"""Labels under which countries register names, such as co.uk."""


def is_provider(domain: str) -> bool:
    """Return whether anybody can have an address of this domain, given in lower case, or of a domain above it."""
    labels = domain.split(".")
    return name_label(domain) in _BRANDS or any(".".join(labels[start:]) in PROVIDERS for start in range(len(labels) - 1))


def name_label(domain: str) -> str:
    """Return the label that names the owner: `contoso` of mail.contoso.co.uk."""
    labels = domain.split(".")
    is_national = len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _SECOND_LEVEL
    return labels[-3] if is_national else labels[-2] if len(labels) > 1 else ""
