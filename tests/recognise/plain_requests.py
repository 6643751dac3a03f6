"""Plain requests, five a right in each language, and ordinary mails: written for the tests and for nothing else."""

from __future__ import annotations

from privacybot.gdpr.rights import Right

PLAIN: dict[str, dict[Right, tuple[str, ...]]] = {
    "da": {
        Right.ACCESS: (
            "Jeg vil gerne have indsigt i de oplysninger, I har registreret om mig.",
            "Kan I fortælle mig, hvilke personoplysninger I har om mig?",
            "Jeg anmoder om en kopi af alle mine persondata.",
            "Hvad har I liggende om mig i jeres systemer?",
            "Hvor har I fået min mailadresse fra?",
        ),
        Right.PORTABILITY: (
            "Jeg vil gerne have mine data udleveret i et maskinlæsbart format, fx CSV.",
            "Vil I overføre mine oplysninger direkte til min nye kursusudbyder?",
            "Send mine data som en JSON-fil, så jeg kan flytte dem til et andet system.",
            "Jeg ønsker at bruge min ret til dataportabilitet efter artikel 20.",
            "Kan jeg få mine kursusdata eksporteret i XML, så en anden udbyder kan indlæse dem?",
        ),
        Right.RECTIFICATION: (
            "Mit navn er stavet forkert i jeres system, vil I rette det?",
            "Jeg er flyttet, min nye adresse er Birkevej 12, 4000 Roskilde.",
            "Jeg har fået nyt telefonnummer, vil I opdatere det?",
            "Jeg er blevet gift og har skiftet efternavn, ret det venligst.",
            "Min fødselsdato er registreret forkert, den skal rettes.",
        ),
        Right.ERASURE: (
            "Vil I slette alle mine oplysninger?",
            "Slet min profil og min konto hos jer.",
            "Jeg vil gerne slettes fra jeres system.",
            "Jeg anmoder om at få slettet mine personoplysninger efter artikel 17.",
            "Jeg ønsker at blive glemt, så fjern alt hvad I har om mig.",
        ),
        Right.RESTRICTION: (
            "I må ikke bruge mine oplysninger, før sagen er afklaret, men I må heller ikke slette dem.",
            "Jeg anmoder om begrænsning af behandlingen efter artikel 18.",
            "Sæt behandlingen af mine data på pause, indtil I har undersøgt, om de er rigtige.",
            "Behold mine oplysninger, men lad være med at bruge dem til noget indtil videre.",
            "Frys mine data, mens vi er uenige om, hvorvidt de er korrekte.",
        ),
        Right.WITHDRAWAL: (
            "Hermed trækker jeg det samtykke tilbage, som jeg gav jer sidste år.",
            "Afmeld mig jeres nyhedsbrev, tak.",
            "Jeg vil ikke længere modtage jeres nyhedsbrev.",
            "Jeg tilbagekalder hermed mit samtykke til markedsføring på mail.",
            "Fjern mig fra jeres mailliste.",
        ),
        Right.OBJECTION: (
            "Jeg gør indsigelse mod, at I profilerer mig.",
            "I må ikke dele mine oplysninger med tredjeparter.",
            "Hold op med at ringe til mig med salg.",
            "Jeg vil ikke have jeres reklamer med posten.",
            "Jeg gør indsigelse mod behandlingen af mine data efter artikel 21.",
        ),
        Right.COMPLAINT: (
            "Jeg vil klage over den måde, I behandler mine personoplysninger på.",
            "I har sendt mit cpr-nummer til alle på holdet, og det er et brud på datasikkerheden.",
            "Jeg klager til Datatilsynet, fordi I har videregivet mine oplysninger uden lov.",
            "Jeg har aldrig givet samtykke til jeres spam, det er ulovligt, og jeg klager til Datatilsynet.",
            "I har ikke svaret på min anmodning om indsigt fra for seks uger siden, det klager jeg over.",
        ),
    },
    "en": {
        Right.ACCESS: (
            "I would like to know what personal data you hold about me.",
            "Please send me a copy of all the information you have on me.",
            "This is a subject access request under Article 15.",
            "Can you tell me which data you have stored about me?",
            "Where did you get my email address from?",
        ),
        Right.PORTABILITY: (
            "Please give me my data in a machine-readable format such as CSV.",
            "I want my data transferred directly to another training provider.",
            "Can you export my data as JSON so that I can move it to another service?",
            "I am exercising my right to data portability under Article 20.",
            "Send my course records in XML so that my new provider can import them.",
        ),
        Right.RECTIFICATION: (
            "My name is misspelt in your records, please correct it.",
            "I have moved, my new address is 4 Mill Lane, please update it.",
            "My phone number has changed, please update my details.",
            "I got married and my surname has changed, please update it.",
            "You have the wrong date of birth for me, please correct it.",
        ),
        Right.ERASURE: (
            "Please delete all the data you have about me.",
            "I want my account and profile deleted.",
            "Please erase my personal data under Article 17.",
            "Remove all my personal information from your systems.",
            "I want to be forgotten, so delete everything you have on me.",
        ),
        Right.RESTRICTION: (
            "Please restrict the processing of my data while my dispute is settled.",
            "Keep my data but do not use it until this has been sorted out.",
            "I ask you to restrict the processing of my data, as Article 18 allows.",
            "Put the use of my data on hold until you have checked that it is correct.",
            "Don't delete my records, but stop using them until the investigation is over.",
        ),
        Right.WITHDRAWAL: (
            "I withdraw my consent.",
            "Please unsubscribe this address from the newsletter you send.",
            "I no longer want to receive your newsletter.",
            "I hereby revoke my consent to marketing emails.",
            "Take me off your mailing list.",
        ),
        Right.OBJECTION: (
            "I object to being profiled.",
            "You may not share my data with third parties.",
            "Stop calling me with sales offers.",
            "I object to the processing of my data under Article 21.",
            "I do not want my data used for targeted advertising.",
        ),
        Right.COMPLAINT: (
            "I want to complain about how you handle my personal data.",
            "You sent my personal data to the whole class, which is a data breach.",
            "I am reporting you to the data protection authority because you shared my details unlawfully.",
            "I never gave consent, your emails are unlawful and I will complain to the authority.",
            "You have not answered my access request of six weeks ago, and I am making a complaint.",
        ),
    },
}

ORDINARY: dict[str, tuple[str, ...]] = {
    "da": (
        "Hvornår starter næste hold i projektledelse?",
        "Jeg vil gerne flytte min plads til kurset i marts.",
        "Vil I sende fakturaen igen? Den er blevet væk.",
        "Hvad koster eksamen, og hvor lang tid varer den?",
        "Tak for et godt kursus i sidste uge.",
        "Vores firma har fået nyt EAN-nummer.",
        "Underviseren var dårligt forberedt, og lokalet var koldt.",
    ),
    "en": (
        "When does the next project management course start?",
        "I would like to move my booking to the course in March.",
        "Could you resend the invoice? We have lost it.",
        "How much is the exam and how long does it take?",
        "Thank you for a great course last week.",
        "Our company has a new VAT number.",
        "The trainer was poorly prepared and the room was cold.",
    ),
}

# Each looks like a right that it does not use; what it does use stands beside it.
TRAPS: tuple[tuple[str, tuple[Right, ...]], ...] = (
    ("Jeg vil gerne flytte mit kursus fra den 15. til den 17. maj.", ()),
    ("I would like to change my course from 15 May to 17 May.", ()),
    ("Kan I slette deltager nummer to fra vores bestilling?", ()),
    ("How do I cancel my booking for the course?", ()),
    ("Vi har netop opdateret vores privatlivspolitik. Du kan altid afmelde dig her.", ()),
    ("We have updated our privacy policy. You can unsubscribe at any time.", ()),
)

FOREIGN: tuple[str, ...] = (
    "Hej, jag vill att ni raderar alla mina uppgifter. Med vänlig hälsning, Lars",
    "Jag vill inte längre ha ert nyhetsbrev, avregistrera mig tack.",
    "Kan ni skicka en kopia på de personuppgifter ni har om mig?",
    "Hei, jeg vil at dere sletter alle opplysninger dere har om meg. Hilsen Kari",
    "Jeg ønsker innsyn i hvilke personopplysninger dere har lagret om meg.",
    "Vennligst meld meg av nyhetsbrevet deres.",
    "Bitte löschen Sie alle meine personenbezogenen Daten.",
    "Ich möchte wissen, welche Daten Sie über mich gespeichert haben.",
    "Hiermit widerrufe ich meine Einwilligung zum Newsletter.",
)
