"""The phrases by which mail clients and people mark history, signatures and automatic text, by language, as data."""

from __future__ import annotations

import re


def _any(*phrases: str) -> str:
    return "(?:" + "|".join(phrases) + ")"


def _line(*bodies: str) -> re.Pattern[str]:
    return re.compile(r"^\s*(?:" + "|".join(bodies) + r")\s*$", re.IGNORECASE)


WROTE = _any(
    r"wrote", r"schrieb", r"hat geschrieben", r"a écrit", r"escribió", r"escreveu", r"writes", r"schreef",
)  # fmt: skip
"""Verbs of "On Tuesday, Dana wrote:"."""

REPLY_INTRO = re.compile(
    r"^[\s>]*(?:(?:on|am|le|el|em|den|op|no dia)\s.{4,200}?(?:\d|@|\s).{0,200}?\b" + WROTE + r"\b.{0,120}:"
    r"|.{2,120}?(?:<[^<>\s]{3,100}@[^<>\s]{3,100}>|\(via .{2,60}\)).{0,60}?\b" + WROTE + r"\b.{0,60}?:"
    r"|.{4,120}?\b" + WROTE + r" (?:on|am|le|el|em)\b.{4,80}?:)\s*$",
    re.IGNORECASE,
)
INTRO_START = re.compile(
    r"^\s*(?:on|am|le|el|em)\s.{0,60}?(?:\d{1,4}|mon|tue|wed|thu|fri|sat|sun|mo|di|mi|do|fr|lun|mar|jeu)", re.IGNORECASE
)

ORIGINAL = _line(
    r"[-_*]{2,}\s*(?:original message|original appointment|reply message|ursprüngliche nachricht|originalnachricht|message d['’]origine|"
    r"message original|mensaje original|mensagem original|weitergeleitete nachricht|message transféré|"
    r"forwarded message|forwarded by .{1,80}|mensaje reenviado|mensagem encaminhada)\s*[-_*]{2,}",
    r"(?:begin forwarded message|anfang der weitergeleiteten nachricht|début du message (?:réexpédié|transféré)|"
    r"inicio del mensaje reenviado|início da mensagem reencaminhada|----- forwarded by .{1,80} -----)\s*:?",
)
FORWARD = re.compile(r"forward|weitergeleit|transf[ée]r|réexp[ée]di|reenviado|encaminhad", re.IGNORECASE)
RULER = re.compile(r"^\s*[_=*-]{10,}\s*$")

_FIELD_FROM = r"from|von|de|expéditeur|remetente"
_FIELD_OTHER = (
    r"sent|date|to|cc|bcc|subject|reply-to|importance|attachments?|gesendet|datum|an|betreff|kopie|anlagen?|wichtigkeit|"
    r"envoyé|à|objet|date d['’]envoi|pièces jointes|enviado(?: el)?|fecha|para|asunto|enviada em|enviado em|data|assunto"
)
FROM_FIELD = re.compile(rf"^[\s>*]*(?:{_FIELD_FROM})\s?:\*?\s?\S", re.IGNORECASE)
HEADER_FIELD = re.compile(rf"^[\s>*]*(?:{_FIELD_FROM}|{_FIELD_OTHER})\s?:\*?(?:\s|$)", re.IGNORECASE)

SIGNATURE_MARK = re.compile(r"^\s*(?:--|—|__|\*\*|~~)\s?$|^-- $")
CLOSING = re.compile(
    r"^\s*(?:(?:many |best |kind |kindest |warm |warmest |with (?:kind |best |warm )?)?regards(?: from .{1,30})?|all the best|best wishes|best|"
    r"thanks(?: (?:so much|again|a lot|in advance|and (?:best |kind )?regards|all|both|everyone|very much))?|thank you(?: (?:so much|again|very much|in advance|and (?:best |kind )?regards))?|"
    r"many thanks|thx|ta|cheers|yours (?:sincerely|faithfully|truly)|sincerely(?: yours)?|respectfully|cordially|talk soon|speak soon|take care|"
    r"have a (?:great|nice|good) (?:day|one|week(?:end)?)|br|rgds|kr|brgds|"
    r"(?:mit )?(?:freundlichen?|besten?|vielen?|herzlichen?|liebe|viele|beste) (?:grüße[nr]?|grüssen?|gruß|gruss|dank)(?: (?:aus|und) .{1,40})?|mfg|vg|lg|"
    r"(?:bien |très )?cordialement|bien à vous|salutations(?: .{1,30})?|merci(?: d['’]avance| beaucoup)?|"
    r"(?:un )?(?:cordial )?saludos?(?: cordiales)?|(?:muchas )?gracias|atentamente|un abrazo|"
    r"(?:com os )?(?:melhores )?cumprimentos|atenciosamente|(?:um )?abraço|(?:muito )?obrigad[oa]|att)"
    r"(?: (?:,|!|\.))?[,.!]?\s*(?P<name>[A-ZÀ-Þ][\w.'’-]*(?: [A-ZÀ-Þ][\w.'’-]*){0,2})?\s*$",
    re.IGNORECASE,
)
MOBILE_FOOTER = re.compile(
    r"^\s*(?:sent (?:from|via|with|using) (?:my |the )?(?:iphone|ipad|ios|android|samsung|galaxy|mobile|phone|blackberry|pixel|huawei|"
    r"outlook|yahoo|proton ?mail|gmail|mail for|spark|superhuman|front|nine|windows|aqua)\b.{0,60}|get outlook for .{2,40}|"
    r"sent from .{2,30}(?:phone|mobile|ipad|device).{0,40}|(?:excuse|pardon|forgive).{0,30}(?:typos?|brevity).{0,60}|"
    r"(?:von meinem|gesendet von|gesendet mit).{2,60}|(?:gesendet über).{2,60}|holen sie sich outlook.{2,40}|outlook für .{2,40}|"
    r"envoyé (?:de|depuis|à partir|avec).{2,60}|obtenez outlook.{2,40}|télécharger outlook.{2,40}|"
    r"enviado (?:desde|do|da|de|a partir|via|pelo).{2,60}|obtener outlook.{2,40}|obter o outlook.{2,40})\s*$",
    re.IGNORECASE,
)
DISCLAIMER = re.compile(
    r"this (?:e-?mail|message|communication|transmission)(?:,| and| is| may| contains?| \().{0,120}(?:confidential|intended|privileged|attach)|"
    r"(?:intended (?:solely|only|exclusively)|for the (?:sole|exclusive) use).{0,60}(?:recipient|addressee|individual|person|use)|"
    r"if you (?:are not|have received|received).{0,40}(?:intended|in error|by mistake)|confidentiality (?:notice|note)|"
    r"unauthori[sz]ed (?:use|disclosure|copying|review)|please consider the environment|think before you print|"
    r"before printing this|company (?:number|registration|reg\.? no)|registered (?:in|office|company)|"
    r"(?:virus|malware)[- ]?(?:free|scanned|checked)|scanned (?:for|by).{0,30}virus|views? (?:or opinions? )?expressed.{0,60}(?:author|sender|necessarily)|"
    r"diese (?:e-?mail|nachricht).{0,80}(?:vertraulich|bestimmt|adressat)|vertrauliche? informationen|nicht der (?:richtige|beabsichtigte) (?:adressat|empfänger)|"
    r"(?:sitz der gesellschaft|amtsgericht|handelsregister|geschäftsführe?r(?:in)?\s?:|ust-?id|hrb \d)|bitte denken sie an die umwelt|"
    r"ce (?:message|courriel|mail|e-mail).{0,80}(?:confidentiel|destin)|pensez à l['’]environnement|"
    r"este (?:mensaje|correo|e-?mail|mensagem).{0,80}(?:confidencial|destin|dirigid)|esta mensagem.{0,80}(?:confidencial|destin)|"
    r"(?:antes de imprimir|piense en el medio|pense no meio|pense no ambiente)|"
    r"we process (?:your )?personal data|privacy (?:notice|policy) (?:is |can |at )|to unsubscribe|unsubscribe (?:here|from)|manage (?:your )?(?:preferences|notifications)",
    re.IGNORECASE,
)
AUTO_REPLY_TITLE = re.compile(
    r"^\s*(?:re:\s*)?(?:automatic reply|auto(?:matic)?[- ]?(?:reply|response|answer)|out of (?:the )?office|ooo\b|abwesen(?:heit|d)|automatische antwort|"
    r"réponse automatique|absence du bureau|respuesta automática|fuera de (?:la )?oficina|resposta automática|ausência)",
    re.IGNORECASE,
)
AUTO_REPLY_TEXT = re.compile(
    r"(?:i(?:'m| am| will be) (?:currently )?(?:out of (?:the )?office|on (?:annual |parental |maternity |sick )?leave|on (?:vacation|holiday)|away from)"
    r"|ich bin (?:derzeit |vom |bis |aktuell )?.{0,40}(?:nicht im (?:büro|haus)|abwesend|im urlaub|nicht erreichbar)"
    r"|je suis (?:actuellement )?(?:absente?|en congés?)|estoy (?:actualmente )?fuera de (?:la )?oficina|estou (?:ausente|de férias|fora do escritório)"
    r"|this is an automat(?:ic|ed) (?:reply|response|message|e-?mail)|limited access to (?:my )?e-?mail)",
    re.IGNORECASE,
)
MACRO = re.compile(
    r"^\W{0,3}(?:##-.*-##|please (?:type|reply) (?:your reply )?above this line.{0,20}|"
    r"(?:your|the) (?:request|ticket|case|enquiry|inquiry)\b.{0,40}(?:has been|was|is) (?:received|updated|created|closed|solved|resolved|logged|assigned|merged|reopened).{0,120}|"
    r"(?:thank you|thanks) for (?:contacting|reaching out to|getting in touch with|writing to|your (?:message|request|patience)).{0,160}|"
    r"we(?:'ve| have) received your (?:request|ticket|message|e-?mail).{0,120}|"
    r"(?:how (?:would|did) (?:you|we)|please (?:take a moment to )?rate|rate (?:your|this|our)|was this (?:helpful|answer)).{0,120}|"
    r"(?:this|the) (?:ticket|case|conversation) (?:has been|was|will be|is) (?:automatically )?(?:closed|solved|resolved|marked|reopened|assigned).{0,120}|"
    r"this is an automat(?:ic|ed) (?:message|notification|reply|e-?mail|response).{0,160}|to (?:add (?:additional )?comments|view (?:this|the) (?:ticket|request)|reopen).{0,160}|"
    r"(?:status|priority|assignee|tags?|group|type|channel|requester|product|version|severity|sla|ticket (?:id|no|number)|case (?:id|no|number))\s?(?:changed|set|updated)?\s?(?:from .{1,40} )?(?::|→|->|to ).{0,120}|"
    r"we(?:'ll| will) (?:get back to you|respond|reply) (?:within|as soon|shortly).{0,120}|.{0,40}joined the (?:channel|conversation|chat|meeting)\.?|"
    r"(?:our )?(?:office|support|business) hours are .{0,120}|-{3,}\s?please do not (?:edit|reply).{0,80}|please do not reply to this.{0,80})\s*$",
    re.IGNORECASE,
)
POSTSCRIPT = re.compile(r"^\s*(?:p\.?\s?p?\.?\s?s\b\.?|nb|n\.b\.)[\s:.,-]", re.IGNORECASE)
