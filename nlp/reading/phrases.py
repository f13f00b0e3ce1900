"""How people end a message and what machines add to it: phrases by language, as data.

A phrase is plain lower-case text; ``…`` in it stands for up to 80 characters, ``*`` for the rest of a word.
"""

from __future__ import annotations

from nlp.reading.markers import any_phrase, flat

CLOSINGS = {
    "en": ("regards", "best regards", "kind regards", "kindest regards", "warm regards", "warmest regards",
           "many regards", "with best regards", "with kind regards", "with warm regards", "warmly", "best wishes",
           "with best wishes", "all the best", "best", "all best", "cheers", "thanks", "many thanks", "thank you",
           "thanks again", "thanks a lot", "thanks so much", "thanks a million", "thank you very much",
           "thank you so much", "thanks very much", "thanks in advance", "thank you in advance", "thanking you",
           "thanking you in advance", "with thanks", "thx", "tnx", "ta", "sincerely", "yours sincerely", "yours faithfully",
           "yours truly", "yours", "sincerely yours", "respectfully", "cordially", "take care", "talk soon",
           "speak soon", "br", "rgds", "kr", "brgds", "kind rgds", "best rgds", "blessings", "have a nice day",
           "have a great day", "have a good day", "have a good one", "have a great week", "have a nice week",
           "have a nice weekend", "have a good weekend", "have a great weekend", "with appreciation", "gratefully",
           "in haste", "greetings", "best greetings", "kind greetings", "with kind greetings", "warm wishes", "bests",
           "looking forward", "peace", "love"),
    "de": ("mit freundlichen grüßen", "mit freundlichen grüssen", "mit freundlichem gruß", "mit freundlichem gruss",
           "freundliche grüße", "freundliche grüsse", "freundlichen gruß", "mit besten grüßen", "beste grüße",
           "beste grüsse", "besten gruß", "viele grüße", "viele grüsse", "vielen dank", "besten dank", "danke",
           "herzliche grüße", "herzliche grüsse", "liebe grüße", "liebe grüsse", "schöne grüße", "gruß", "grüße",
           "gruss", "grüsse", "mfg", "vg", "lg", "bg", "hg", "sonnige grüße", "hochachtungsvoll", "servus", "danke dir",
           "vielen dank im voraus", "danke und gruß", "einen schönen tag", "schönes wochenende", "dank und gruß"),
    "fr": ("cordialement", "bien cordialement", "très cordialement", "bien à vous", "bien à toi", "salutations",
           "salutations distinguées", "meilleures salutations", "sincères salutations", "respectueusement", "amicalement",
           "bonne journée", "bonne soirée", "bon week-end", "belle journée", "merci", "merci d'avance", "merci beaucoup",
           "cdlt", "bàv", "sincèrement", "à bientôt"),
    "es": ("saludos", "saludos cordiales", "un saludo", "un cordial saludo", "cordialmente", "atentamente",
           "atentos saludos", "gracias", "muchas gracias", "mil gracias", "gracias de antemano", "un abrazo", "abrazos",
           "quedo atento", "quedo atenta", "saludos y gracias", "cordial saludo"),
    "pt": ("cumprimentos", "melhores cumprimentos", "com os melhores cumprimentos", "com os meus cumprimentos",
           "atenciosamente", "atentamente", "att", "abraço", "abraços", "um abraço", "obrigado", "obrigada",
           "muito obrigado", "muito obrigada", "cordialmente", "grato", "grata", "bom fim de semana"),
    "other": ("met vriendelijke groet", "met vriendelijke groeten", "vriendelijke groet", "groeten", "groetjes", "mvg",
              "groete", "vriendelike groete", "mvh", "med vänlig hälsning", "med vänliga hälsningar", "vänliga hälsningar",
              "hälsningar", "hilsen", "med venlig hilsen", "med vennlig hilsen", "venlig hilsen", "vennlig hilsen",
              "pozdrawiam", "z poważaniem", "cordiali saluti", "saluti", "distinti saluti", "un cordiale saluto", "grazie",
              "ystävällisin terveisin", "terveisin", "terv", "s pozdravem", "lep pozdrav", "üdvözlettel", "saygılarımla",
              "iyi çalışmalar", "kveðja", "shalom", "salamat"),
}  # fmt: skip

MOBILE_FOOTERS = {
    "en": ("sent from my", "sent from the", "sent from yahoo", "sent from outlook", "sent from mail for", "sent from proton",
           "sent from spark", "sent from gmail", "sent from front", "sent from samsung", "sent from android",
           "sent with proton", "sent with airmail", "sent with spark", "sent via superhuman", "sent via", "sent by mobile",
           "sent using", "get outlook for", "get bluemail for", "download outlook for", "please excuse typos",
           "please excuse my brevity", "please excuse brevity", "please excuse any typos", "excuse typos",
           "excuse the brevity", "typed on a phone", "sent from a mobile", "written on my phone"),
    "de": ("von meinem", "gesendet von", "gesendet mit", "gesendet über", "gesendet vom", "holen sie sich outlook",
           "outlook für", "diese nachricht wurde von meinem"),
    "fr": ("envoyé de", "envoyé depuis", "envoyé à partir", "envoyé avec", "envoyé via", "obtenez outlook",
           "télécharger outlook", "téléchargez outlook", "provenance"),
    "es": ("enviado desde", "enviado con", "enviado por", "obtener outlook", "obtén outlook", "descargar outlook"),
    "pt": ("enviado do", "enviado da", "enviado a partir", "enviado de", "enviado via", "enviado pelo", "obter o outlook",
           "obtenha o outlook", "baixe o outlook"),
    "other": ("verstuurd vanaf", "verzonden vanaf", "outlook voor", "inviato da", "scarica outlook", "skickat från",
              "hanki outlook", "sendt fra", "wysłane z", "odesláno z", "lähetetty"),
}  # fmt: skip
MOBILE_FOOTER_MAX = 110
MOBILE_WORDS = ("iphone", "ipad", "ios", "android", "galaxy", "samsung", "blackberry", "phone", "handy", "mobile", "móvil",
                "mobil", "celular", "smartphone", "tablet", "outlook", "yahoo", "gmail", "proton", "spark", "superhuman",
                "front", "airmail", "mail", "gmx", "web.de", "huawei", "pixel", "xiaomi", "typos", "brevity", "device",
                "appareil", "dispositivo", "télécharg", "orange", "bluemail", "windows", "mac", "watch")  # fmt: skip

DISCLAIMERS = {
    "en": ("confidentiality notice", "confidentiality note", "intended solely for", "intended only for the",
           "intended exclusively for", "sole use of the intended", "for the exclusive use of the", "intended for the named",
           "for the use of the individual", "not the intended recipient", "not an intended recipient",
           "received this email in error", "received this e-mail in error", "received this message in error",
           "received this communication in error", "this email and any attach*", "this e-mail and any attach*",
           "this email and any files", "this e-mail and any files", "this message and any attach*",
           "this message contains confidential", "this email may contain", "this e-mail may contain",
           "this communication may contain", "this message may contain", "information in this e-mail is",
           "information in this email is", "contents of this email are", "contents of this e-mail are",
           "accepts no liability for any", "accept no liability for any", "views expressed are those",
           "opinions expressed…author", "do not necessarily represent the", "consider the environment before",
           "consider the environment", "think before you print", "before printing this e*", "think green before",
           "you received this message because you are subscribed", "you are receiving this email because",
           "you are receiving this because you"),
    "de": ("enthält vertrauliche", "vertrauliche und/oder", "e-mail ist vertraulich", "nicht der richtige adressat",
           "nicht der beabsichtigte empfänger", "nicht der vorgesehene empfänger", "e-mail irrtümlich erhalten",
           "ausschließlich für den adressaten", "unerlaubte kopieren", "unbefugte weitergabe",
           "denken sie an die umwelt", "der umwelt zuliebe"),
    "fr": ("ce message et…pièces jointes", "ce message est confidentiel", "ce courriel et…pièces", "ce courriel est confidentiel",
           "à l'intention exclusive", "à l'attention exclusive", "exclusivement destiné", "si vous n'êtes pas le destinataire",
           "reçu ce message par erreur", "reçu ce courriel par erreur", "pensez à l'environnement", "avis de confidentialité"),
    "es": ("aviso de confidencialidad", "este mensaje y sus", "este mensaje va dirigido", "este correo…confidencial",
           "este mensaje…confidencial", "dirigido exclusivamente a*", "dirigidos exclusivamente a*",
           "si usted no es el destinatario", "si no es usted el destinatario", "recibido este mensaje por error",
           "piense en el medio", "antes de imprimir"),
    "pt": ("aviso de confidencialidade", "esta mensagem…confidencial", "esta mensagem e seus", "este e-mail…confidencial",
           "exclusivamente ao destinatário", "destinada exclusivamente", "recebeu esta mensagem por",
           "pense no meio", "pense no ambiente"),
    "other": ("dit bericht is…bestemd", "questo messaggio…confidenzial*", "detta meddelande…konfidentiell",
              "niniejsza wiadomość"),
}  # fmt: skip
"""What makes a paragraph at an end of a message a disclaimer, wherever it stands in the paragraph."""

FOOTER_LINES = {
    "en": ("disclaimer", "legal notice", "legal disclaimer", "privileged and confidential", "private and confidential:",
           "registered in", "registered office", "registered address", "company registration", "company number", "company no",
           "company reg", "vat no", "vat number", "scanned for viruses", "this email has been scanned",
           "this email has been checked", "virus-free", "to unsubscribe", "unsubscribe", "click here to unsubscribe",
           "manage your subscription", "manage your preferences", "our privacy policy", "see our privacy",
           "find us on", "follow us on", "view our privacy", "please do not print"),
    "de": ("sitz der gesellschaft", "sitz:", "amtsgericht", "handelsregister", "registergericht", "hrb ", "hra ",
           "geschäftsführer:", "geschäftsführerin:", "geschäftsführung:", "vorstand:", "aufsichtsrat", "ust-id", "ust.-id",
           "steuernummer", "bevor sie diese e-mail", "datenschutzhinweise", "informationen zum datenschutz"),
    "fr": ("avant d'imprimer", "n'imprimez ce", "siège social", "siren", "siret", "rcs "),
    "es": ("aviso legal", "protección de datos", "en cumplimiento de", "de conformidad con"),
    "pt": ("aviso legal", "antes de imprimir", "nif:", "cnpj"),
    "other": ("kvk", "btw", "org.nr", "organisationsnummer", "p.iva", "cvr"),
}  # fmt: skip
"""How a line of small print begins."""

BANNERS = ("originated from outside", "originated outside", "came from outside", "from outside of the organi*",
           "from an external sender", "external email", "external sender", "this message is from an external",
           "do not click links", "don't often get email from", "you don't often get", "diese e-mail kommt von extern",
           "externe e-mail", "courriel externe", "expéditeur externe", "correo externo", "e-mail externo",
           "caution: external", "stammt von außerhalb", "provient de l'extérieur")  # fmt: skip
"""What a mail gateway puts on top of a message."""

AUTO_TITLES = ("automatic reply", "auto reply", "auto-reply", "autoreply", "automatic response", "auto response",
               "automatische antwort", "réponse automatique", "respuesta automática", "resposta automática",
               "automatisch antwoord", "automatiskt svar", "automatyczna odpowiedź", "risposta automatica")  # fmt: skip
"""Titles that only a machine writes."""

ABSENCE_TITLES = ("out of office", "out of the office", "ooo", "abwesenheit", "abwesend", "absence", "absent",
                  "fuera de la oficina", "fuera de oficina", "ausência", "fora do escritório", "away")  # fmt: skip
"""Titles that a person may write, too; the text must say who is away."""

AUTO_CERTAIN = ("this is an automatic reply", "this is an automated reply", "this is an automatic response",
                "this is an automated response", "this is an auto-reply", "this is an auto reply",
                "dies ist eine automatische", "ceci est une réponse automatique", "esta es una respuesta automática",
                "esta é uma resposta automática")  # fmt: skip

ABSENT = ("i am out of the office", "i'm out of the office", "i will be out of the office", "i am currently out of",
          "i'm currently out of", "i am away from", "i am on leave", "i am on annual leave", "i'm on annual leave",
          "i am currently on", "i'm currently on", "i am on vacation", "i'm on vacation", "i am on holiday",
          "i am on parental", "i am on maternity", "out of office", "i'm away", "i am away", "ich bin…nicht im büro",
          "ich bin…nicht im haus", "ich bin…abwesend", "ich bin…im urlaub", "ich bin…nicht erreichbar", "ich befinde mich",
          "je suis absent", "je suis absente", "je suis actuellement", "je suis en congé", "je suis en congés",
          "estoy fuera de", "estaré fuera", "estoy de vacaciones", "me encuentro fuera", "estou de férias",
          "estou ausente", "estou fora", "estarei ausente", "encontro-me ausente", "ik ben…afwezig")  # fmt: skip
RETURNING = ("until", "back on", "back in", "returning", "return on", "i return", "bis", "ab dem", "jusqu'au", "de retour",
             "hasta", "regreso", "vuelvo", "até", "regresso", "tot en met")  # fmt: skip
DEPUTY = ("urgent", "urgency", "contact", "limited access", "no access", "covering", "not be reading", "not be checking",
          "in my absence", "dringend", "dringenden", "wenden sie", "weitergeleitet", "vertretung", "urgence",
          "contacter", "urgente", "urgentes", "póngase en contacto", "acesso", "contacte", "contate",
          "dringende")  # fmt: skip
AUTO_REPLY_MAX = 900

IS_DISCLAIMER = any_phrase(flat(DISCLAIMERS))
IS_BANNER = any_phrase(BANNERS)
IS_ABSENT = any_phrase(ABSENT)
IS_RETURNING = any_phrase(RETURNING)
NAMES_DEPUTY = any_phrase(DEPUTY)
CLOSING_SET = frozenset(flat(CLOSINGS))
MOBILE_STARTS = tuple(flat(MOBILE_FOOTERS))
FOOTER_STARTS = tuple(flat(FOOTER_LINES))
