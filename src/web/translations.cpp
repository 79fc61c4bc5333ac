#include "web/translations.hpp"

namespace toyota2mqtt::web {

std::span<const Translation> translations() {
  static constexpr auto kTranslationRows = std::to_array<Translation>({
      {.source = "The password was rejected", .german = "Das Passwort wurde abgelehnt"},
      {.source = "Sign out of the {0} app and in again with this e-mail address; the password that "
                 "works there is the one to enter here, on this program's page or in its "
                 "configuration. An account made with Google, Facebook or Apple has no password: "
                 "set one in the {1} app with \"Forgot password\".",
       .english =
           "Sign out of the {0} app and in again with this e-mail address; the password that works "
           "there is the one to enter on this page. An account made with Google, Facebook or Apple "
           "has no password: set one in the {1} app with \"Forgot password\".",
       .english_configured =
           "Sign out of the {0} app and in again with this e-mail address; the password that works "
           "there is the one to enter in the configuration (inside Home Assistant: in the options "
           "of the app). An account made with Google, Facebook or Apple has no password: set one "
           "in "
           "the {1} app with \"Forgot password\".",
       .german = "Melde dich in der App {0} ab und mit dieser E-Mail-Adresse wieder an; das "
                 "Passwort, das dort funktioniert, gehört auch auf diese Seite. Ein Konto, das mit "
                 "Google, Facebook oder Apple angelegt wurde, hat kein Passwort: Lege in der App "
                 "{1} mit „Passwort vergessen“ eines fest.",
       .german_configured =
           "Melde dich in der App {0} ab und mit dieser E-Mail-Adresse wieder an; das Passwort, "
           "das dort funktioniert, gehört auch in die Konfiguration (in Home Assistant: in die "
           "Optionen der App). Ein Konto, das mit Google, Facebook oder Apple angelegt wurde, hat "
           "kein Passwort: Lege in der App {1} mit „Passwort vergessen“ eines fest."},
      {.source = "No account has this e-mail address",
       .german = "Zu dieser E-Mail-Adresse gibt es kein Konto"},
      {.source = "Compare the e-mail address with the one under Account in the {0} app, and the "
                 "brand chosen here with the app that you use. Only European accounts work.",
       .german =
           "Vergleiche die E-Mail-Adresse mit der unter „Konto“ in der App {0}, und die gewählte "
           "Marke mit der App, die du benutzt. Nur europäische Konten funktionieren."},
      {.source = "The cloud asks for a one-time code sent by mail",
       .german = "Die Cloud verlangt einen Einmal-Code, der per E-Mail kommt"},
      {.source =
           "Sign in once with the current {0} app, enter the code from the mail there, and then "
           "choose \"Try again\". Accounts new to the current app get this question.",
       .german = "Melde dich einmal mit der aktuellen App {0} an, gib dort den Code aus der E-Mail "
                 "ein, und wähle dann „Erneut versuchen“. Konten, die die aktuelle App noch nie "
                 "benutzt haben, werden so gefragt."},
      {.source = "The account is locked", .german = "Das Konto ist gesperrt"},
      {.source = "Unlock it with \"Forgot password\" in the {0} app (or wait as it says there), "
                 "sign in there, and then choose \"Try again\".",
       .german = "Entsperre es mit „Passwort vergessen“ in der App {0} (oder warte, wie es dort "
                 "steht), melde dich dort an, und wähle dann „Erneut versuchen“."},
      {.source = "The cloud wants terms or a consent to be accepted first",
       .german = "Die Cloud verlangt zuerst die Zustimmung zu Bedingungen oder einer Einwilligung"},
      {.source = "Open the {0} app, accept the terms and consents that it shows, and then choose "
                 "\"Try again\".",
       .german = "Öffne die App {0}, stimme den Bedingungen und Einwilligungen zu, die sie zeigt, "
                 "und wähle dann „Erneut versuchen“."},
      {.source = "The account was made with Google, Facebook or Apple and has no password",
       .german = "Das Konto wurde mit Google, Facebook oder Apple angelegt und hat kein Passwort"},
      {.source = "Set a password in the {0} app with \"Forgot password\", enter it on this "
                 "program's page or in its configuration, and then choose \"Try again\".",
       .english = "Set a password in the {0} app with \"Forgot password\", enter it on this page, "
                  "and then choose \"Try again\".",
       .english_configured =
           "Set a password in the {0} app with \"Forgot password\", enter it in the configuration "
           "(inside Home Assistant: in the options of the app), and then choose \"Try again\".",
       .german = "Lege in der App {0} mit „Passwort vergessen“ ein Passwort fest, gib es auf "
                 "dieser Seite ein, und wähle dann „Erneut versuchen“.",
       .german_configured = "Lege in der App {0} mit „Passwort vergessen“ ein Passwort fest, trage "
                            "es in die Konfiguration ein (in Home Assistant: in die Optionen der "
                            "App), und wähle dann „Erneut versuchen“."},
      {.source = "Nothing is wrong with the account: choose \"Try again\".",
       .german = "Mit dem Konto ist alles in Ordnung: Wähle „Erneut versuchen“."},
      {.source = "The cloud asks something at sign-in that only the app can answer",
       .german = "Die Cloud fragt bei der Anmeldung etwas, das nur die App beantworten kann"},
      {.source = "The cloud refused the sign-in and says: {0}",
       .german = "Die Cloud lehnt die Anmeldung ab und sagt: {0}"},
      {.source = "Sign in with the {0} app, answer what it asks (terms, consent, a check that you "
                 "are a person), and then choose \"Try again\".",
       .german =
           "Melde dich mit der App {0} an, beantworte, was sie fragt (Bedingungen, Einwilligung, "
           "eine Prüfung, ob du ein Mensch bist), und wähle dann „Erneut versuchen“."},
      {.source = "The sign-in took too long for the cloud",
       .german = "Die Anmeldung dauerte der Cloud zu lange"},
      {.source = "The password was sent {0} times within a day; the next sign-in waits until {1}, "
                 "lest the account be locked",
       .german = "Das Passwort wurde innerhalb eines Tages {0}-mal gesendet; die nächste Anmeldung "
                 "wartet bis {1}, damit das Konto nicht gesperrt wird"},
      {.source = "The stored sign-in is no longer accepted",
       .german = "Die gespeicherte Anmeldung wird nicht mehr angenommen"},
      {.source = "The cloud asks for a pause (status {0})",
       .german = "Die Cloud bittet um eine Pause (Status {0})"},
      {.source = "The cloud has trouble (status {0})",
       .german = "Die Cloud hat Probleme (Status {0})"},
      {.source = "{0}: no complete answer in time",
       .german = "{0}: keine vollständige Antwort in der erlaubten Zeit"},
      {.source = "{0}: the server's certificate is not accepted",
       .german = "{0}: Das Zertifikat des Servers wird nicht angenommen"},
      {.source = "Check the clock of this machine, and that nothing intercepts TLS.",
       .german = "Prüfe die Uhr dieses Geräts, und dass nichts in die verschlüsselte Verbindung "
                 "eingreift."},
      {.source = "Toyota's cloud has trouble (status {0})",
       .german = "Toyotas Cloud hat Probleme (Status {0})"},
      {.source = "Toyota's sign-in has trouble (status {0})",
       .german = "Toyotas Anmeldung hat Probleme (Status {0})"},
      {.source = "Toyota's cloud asks for a pause (status {0})",
       .german = "Toyotas Cloud bittet um eine Pause (Status {0})"},
      {.source = "Toyota's cloud refuses what it is asked, though not the sign-in (status {0})",
       .german = "Toyotas Cloud lehnt ab, was sie gefragt wird, obwohl sie die Anmeldung annimmt "
                 "(Status {0})"},
      {.source = "Toyota's cloud does not know what it is asked",
       .german = "Toyotas Cloud kennt nicht, was sie gefragt wird"},
      {.source = "Toyota's cloud did not answer in time",
       .german = "Toyotas Cloud hat nicht rechtzeitig geantwortet"},
      {.source = "Toyota's cloud answers with something that cannot be read",
       .german = "Toyotas Cloud antwortet mit etwas, das nicht lesbar ist"},
      {.source = "The certificate of Toyota's cloud is not accepted",
       .german = "Das Zertifikat von Toyotas Cloud wird nicht angenommen"},
      {.source = "The name of Toyota's cloud cannot be resolved",
       .german = "Der Name von Toyotas Cloud lässt sich nicht auflösen"},
      {.source = "There is no connection to Toyota's cloud",
       .german = "Es gibt keine Verbindung zu Toyotas Cloud"},
      {.source = "Nothing was heard of Toyota's cloud for more than a day",
       .german = "Von Toyotas Cloud war mehr als einen Tag lang nichts zu hören"},
      {.source = "Nothing has to be done: Toyota's cloud is asked again by itself.",
       .german = "Es ist nichts zu tun: Toyotas Cloud wird von selbst wieder gefragt."},
      {.source = "Check that this machine reaches the internet. Toyota's cloud is asked again by "
                 "itself.",
       .german = "Prüfe, ob dieses Gerät das Internet erreicht. Toyotas Cloud wird von selbst "
                 "wieder gefragt."},
      {.source = "If the maker's app works on the phone, look for a newer version of this program, "
                 "or report it with the log. Toyota's cloud is asked again by itself.",
       .german =
           "Wenn die App des Herstellers auf dem Handy geht, suche eine neuere Version dieses "
           "Programms, oder melde es mit dem Protokoll. Toyotas Cloud wird von selbst wieder "
           "gefragt."},
      {.source = "Make room on the disk and make the storage directory writable for this program.",
       .german = "Schaffe Platz auf dem Datenträger, und lass das Programm in sein "
                 "Speicherverzeichnis schreiben."},
      {.source = "Nothing is wrong here: wait some minutes, then choose \"Try again\".",
       .german = "Hier ist nichts falsch: Warte ein paar Minuten, und wähle dann „Erneut "
                 "versuchen“."},
      {.source = "there is no connection to the MQTT broker",
       .german = "Es gibt keine Verbindung zum MQTT-Broker"},
      {.source = "the MQTT broker {0} does not speak MQTT 5",
       .german = "Der MQTT-Broker {0} spricht kein MQTT 5"},
      {.source = "Update the broker (Mosquitto since 1.6).",
       .german = "Aktualisiere den Broker (Mosquitto ab 1.6)."},
      {.source = "the MQTT broker {0} refuses the user name or password",
       .german = "Der MQTT-Broker {0} lehnt Benutzername oder Passwort ab"},
      {.source = "Check the user and password of the broker in the configuration.",
       .german = "Prüfe Benutzer und Passwort des Brokers in der Konfiguration."},
      {.source = "the MQTT broker {0} refuses this client",
       .german = "Der MQTT-Broker {0} lehnt dieses Programm ab"},
      {.source = "no connection to the MQTT broker {0}",
       .german = "Keine Verbindung zum MQTT-Broker {0}"},
      {.source = "Start the broker, or correct mqtt.host, mqtt.port and mqtt.tls.",
       .german = "Starte den Broker, oder berichtige mqtt.host, mqtt.port und mqtt.tls."},
      {.source = "the connection to the MQTT broker {0} was lost",
       .german = "Die Verbindung zum MQTT-Broker {0} ging verloren"},
      {.source = "the connection to the MQTT broker {0} ended",
       .german = "Die Verbindung zum MQTT-Broker {0} endete"},
      {.source = "the MQTT broker {0} ended the connection (reason {1})",
       .german = "Der MQTT-Broker {0} hat die Verbindung beendet (Grund {1})"},
      {.source = "the MQTT broker {0} did not answer in time",
       .german = "Der MQTT-Broker {0} hat nicht rechtzeitig geantwortet"},
      {.source = "ABRP rejects the token", .german = "ABRP lehnt das Token ab"},
      {.source = "ABRP rejects the API key", .german = "ABRP lehnt den API-Schlüssel ab"},
      {.source = "ABRP cannot be reached: {0}", .german = "ABRP ist nicht erreichbar: {0}"},
      {.source = "ABRP did not understand the check: {0}",
       .german = "ABRP hat die Prüfung nicht verstanden: {0}"},
      {.source = "ABRP knows the API key, but it may not read, so the token cannot be checked",
       .german = "ABRP kennt den API-Schlüssel, aber er darf nicht lesen; deshalb lässt sich das "
                 "Token nicht prüfen"},
      {.source = "Nothing has to be done; the first point that is sent checks the token.",
       .english = "Save it all the same; the first point that is sent checks the token.",
       .german = "Speichere es trotzdem; der erste gesendete Punkt prüft das Token.",
       .german_configured = "Du musst nichts tun; der erste gesendete Punkt prüft das Token."},
      {.source =
           "ABRP does not know the API key. Make a Telemetry key (not Planning, not OAuth2) with "
           "posting rights in ABRP (manage your telemetry API keys) and enter it on this "
           "program's page, or in abrp.api_key and restart.",
       .english = "ABRP does not know the API key. Make a Telemetry key (not Planning, not OAuth2) "
                  "with posting rights in ABRP (manage your telemetry API keys) and enter it here.",
       .german = "ABRP kennt den API-Schlüssel nicht. Erstelle in ABRP (manage your telemetry API "
                 "keys) einen Schlüssel der Art Telemetry (nicht Planning, nicht OAuth2), der "
                 "senden darf, und trage ihn hier ein.",
       .german_configured =
           "ABRP kennt den API-Schlüssel nicht. Erstelle in ABRP (manage your telemetry API keys) "
           "einen Schlüssel der Art Telemetry (nicht Planning, nicht OAuth2), der senden darf, "
           "trage ihn bei abrp.api_key ein und starte neu."},
      {.source = "ABRP does not let this API key post telemetry. Give it posting rights in ABRP "
                 "(manage your telemetry API keys), or make a new Telemetry key and enter it on "
                 "this program's page, or in abrp.api_key and restart.",
       .english =
           "ABRP does not let this API key post telemetry. Give it posting rights in ABRP "
           "(manage your telemetry API keys), or make a new Telemetry key and enter it here.",
       .german = "ABRP erlaubt diesem API-Schlüssel nicht, Telemetrie zu senden. Gib ihm in ABRP "
                 "(manage your telemetry API keys) das Recht zu senden, oder erstelle einen neuen "
                 "der Art Telemetry und trage ihn hier ein.",
       .german_configured = "ABRP erlaubt diesem API-Schlüssel nicht, Telemetrie zu senden. Gib "
                            "ihm in ABRP (manage your telemetry API keys) das Recht zu senden, "
                            "oder erstelle einen neuen der Art Telemetry, trage ihn bei "
                            "abrp.api_key ein und starte neu."},
      {.source = "ABRP does not know the token. In ABRP's app open Settings, Connect live data, "
                 "Generic, and copy the token to this program's page, or into abrp.token or the "
                 "vehicle's abrp_token and restart. An OBD link of that vehicle must be removed in "
                 "ABRP first.",
       .english = "ABRP does not know the token. In ABRP's app open Settings, Connect live data, "
                  "Generic, and copy the token here. An OBD link of that vehicle must be removed "
                  "in ABRP first.",
       .german =
           "ABRP kennt das Token nicht. Öffne in der App von ABRP die Einstellungen, „Connect "
           "live data“, Generic, und kopiere das Token hierher. Eine OBD-Verbindung dieses "
           "Fahrzeugs muss in ABRP zuerst entfernt werden.",
       .german_configured = "ABRP kennt das Token nicht. Öffne in der App von ABRP die "
                            "Einstellungen, „Connect live data“, Generic, und kopiere das Token "
                            "nach abrp.token oder in abrp_token des Autos und starte neu. Eine "
                            "OBD-Verbindung dieses Fahrzeugs muss in ABRP zuerst entfernt werden."},
      {.source =
           "ABRP needs an API key. Make a Telemetry key with posting rights in ABRP (manage your "
           "telemetry API keys) and enter it as abrp.api_key or on this program's page.",
       .english = "ABRP needs an API key. Make a Telemetry key with posting rights in ABRP (manage "
                  "your telemetry API keys) and enter it here.",
       .german = "ABRP braucht einen API-Schlüssel. Erstelle in ABRP (manage your telemetry API "
                 "keys) einen der Art Telemetry, der senden darf, und trage ihn hier ein."},
      {.source =
           "The token abrp.token does not say which of your cars it belongs to; nothing is sent. "
           "Put each car's token into its abrp_token in vehicles, and take abrp.token out of "
           "the configuration.",
       .german = "Das Token abrp.token sagt nicht, zu welchem deiner Autos es gehört; nichts wird "
                 "gesendet. "
                 "Trage das Token jedes Autos in dessen abrp_token unter vehicles ein, und nimm "
                 "abrp.token aus der Konfiguration."},
      {.source =
           "{0} has this ABRP token already; nothing is sent for this car. A token belongs to "
           "one vehicle in ABRP. Add this car to ABRP, and enter the token that ABRP shows "
           "for it.",
       .german = "{0} hat dieses ABRP-Token schon; für dieses Auto wird nichts gesendet. Ein Token "
                 "gehört zu einem Fahrzeug in ABRP. Füge dieses Auto in ABRP hinzu, und trage das "
                 "Token ein, das ABRP dafür zeigt."},
      {.source = "{0} has this ABRP token already", .german = "{0} hat dieses ABRP-Token schon"},
      {.source = "A token belongs to one vehicle in ABRP. Copy the token of this car, or press "
                 "\"Stop sending\" for {0} first.",
       .german = "Ein Token gehört zu einem Fahrzeug in ABRP. Kopiere das Token dieses Autos, oder "
                 "drücke zuerst „Nicht mehr senden“ für {0}."},
      {.source = "The cloud is overloaded or being worked on; nothing is wrong with the account. "
                 "Another try helps in some minutes.",
       .german = "Die Cloud ist überlastet oder wird gewartet; mit dem Konto ist alles in Ordnung. "
                 "Ein neuer Versuch hilft in einigen Minuten."},
      {.source = "Nothing is wrong with the account; another try helps in some minutes.",
       .german = "Mit dem Konto ist alles in Ordnung; ein neuer Versuch hilft in einigen Minuten."},
      {.source = "Nothing needs to be done: it is tried again by itself.",
       .german = "Nichts ist zu tun: Es wird von selbst erneut versucht."},
      {.source = "The cloud's sign-in gave no usable answer at {0}; the next try is at {1}",
       .german = "Die Anmeldung der Cloud gab um {0} keine brauchbare Antwort; der nächste Versuch "
                 "ist um {1}"},
      {.source = "Check the network and abrp.url; it is tried again by itself.",
       .english = "Check the network, then try again.",
       .german = "Prüfe das Netzwerk und versuche es dann erneut.",
       .german_configured = "Prüfe das Netzwerk und abrp.url; es wird von selbst erneut versucht."},
      {.source =
           "Until then sign out of the {0} app and in again: so you know which e-mail address and "
           "password work. If they are the ones given here, nothing needs to be done.",
       .german = "Melde dich bis dahin in der App {0} ab und wieder an: So weißt du, welche "
                 "E-Mail-Adresse und welches Passwort funktionieren. Sind es die hier angegebenen, "
                 "musst du nichts tun."},
      {.source =
           "Check that this machine reaches the internet, then choose \"Try again\". If the "
           "maker's app on the phone does not work either, the cloud is down: try again later.",
       .german = "Prüfe, ob dieses Gerät das Internet erreicht, und wähle dann „Erneut versuchen“. "
                 "Wenn auch die App des Herstellers auf dem Handy nicht geht, ist die Cloud "
                 "ausgefallen: Versuche es später erneut."},
      {.source = "Wait some minutes, then choose \"Try again\".",
       .german = "Warte ein paar Minuten und wähle dann „Erneut versuchen“."},
      {.source =
           "Sign in with the maker's app on the phone and do what it asks there; then choose \"Try "
           "again\". If the app works and this does not, please report it with the log.",
       .german = "Melde dich mit der App des Herstellers auf dem Handy an und tue, was sie dort "
                 "verlangt; wähle dann „Erneut versuchen“. Wenn die App geht und dies nicht, melde "
                 "es bitte mit dem Protokoll."},
      {.source = "Sign in with the maker's app on the phone and do what it asks there; then choose "
                 "\"Try again\".",
       .german = "Melde dich mit der App des Herstellers auf dem Handy an und tue, was sie dort "
                 "verlangt; wähle dann „Erneut versuchen“."},
      {.source = "Make room on the disk and make the storage directory writable for this program; "
                 "then try again.",
       .german = "Schaffe Platz auf dem Datenträger, und lass das Programm in sein "
                 "Speicherverzeichnis schreiben; versuche es dann erneut."},
      {.source = "There is no such car any more", .german = "Dieses Auto gibt es nicht mehr"},
      {.source = "There is no such account any more", .german = "Dieses Konto gibt es nicht mehr"},
      {.source = "Load the page again.", .german = "Lade die Seite neu."},
      {.source = "This account stands in the configuration",
       .german = "Dieses Konto steht in der Konfiguration"},
      {.source = "Change it there: in the options of the app, or in the configuration file.",
       .german = "Ändere es dort: in den Optionen der App oder in der Konfigurationsdatei."},
      {.source = "The e-mail address is missing", .german = "Die E-Mail-Adresse fehlt"},
      {.source = "Enter the e-mail address with which you sign in to the maker's app.",
       .german =
           "Gib die E-Mail-Adresse ein, mit der du dich in der App des Herstellers anmeldest."},
      {.source = "The password is missing", .german = "Das Passwort fehlt"},
      {.source = "The password is too long or holds control characters",
       .german = "Das Passwort ist zu lang oder enthält Steuerzeichen"},
      {.source = "A password is one line of 1 to 1024 bytes without control characters.",
       .german = "Ein Passwort ist eine Zeile von 1 bis 1024 Bytes ohne Steuerzeichen."},
      {.source = "The cloud takes long to answer",
       .german = "Die Cloud braucht lange für eine Antwort"},
      {.source = "It is still being asked. Look at this page again in a minute.",
       .german = "Sie wird noch gefragt. Sieh in einer Minute wieder auf diese Seite."},
      {.source = "ABRP needs an API key", .german = "ABRP braucht einen API-Schlüssel"},
      {.source = "This does not look like an API key of ABRP",
       .german = "Das sieht nicht nach einem API-Schlüssel von ABRP aus"},
      {.source =
           "Make a Telemetry key with posting rights in ABRP (manage your telemetry API keys) "
           "and copy it here.",
       .german = "Erstelle in ABRP (manage your telemetry API keys) einen Schlüssel der Art "
                 "Telemetry, der senden darf, und kopiere ihn hierher."},
      {.source = "The car's ABRP token is missing", .german = "Das ABRP-Token des Autos fehlt"},
      {.source = "This does not look like a token of ABRP",
       .german = "Das sieht nicht nach einem Token von ABRP aus"},
      {.source =
           "In ABRP's app open Settings, Connect live data, Generic, and copy the token here.",
       .german = "Öffne in der App von ABRP die Einstellungen, „Connect live data“, Generic, und "
                 "kopiere das Token hierher."},
      {.source = "The ABRP token stands in the configuration",
       .german = "Das ABRP-Token steht in der Konfiguration"},
      {.source = "The API key of ABRP stands in the configuration",
       .german = "Der API-Schlüssel von ABRP steht in der Konfiguration"},
      {.source = "Leave the key empty here, or change it in the configuration.",
       .german = "Lass den Schlüssel hier leer, oder ändere ihn in der Konfiguration."},
      {.source = "This car has no battery that ABRP plans with",
       .german = "Dieses Auto hat keine Batterie, mit der ABRP plant"},
      {.source = "Choose an electric car or a plug-in hybrid.",
       .german = "Wähle ein Elektroauto oder einen Plug-in-Hybrid."},
      {.source = "Home Assistant knows no MQTT broker",
       .german = "Home Assistant kennt keinen MQTT-Broker"},
      {.source = "Install and start the Mosquitto broker app, or name a broker in the options "
                 "(mqtt.host); it is found within a minute.",
       .german = "Installiere und starte die App „Mosquitto broker“, oder nenne in den Optionen "
                 "einen Broker (mqtt.host); er wird innerhalb einer Minute gefunden."},
      {.source = "the Supervisor does not accept the app's token",
       .german = "Der Supervisor nimmt das Token der App nicht an"},
      {.source = "Restart the app.", .german = "Starte die App neu."},
  });
  return kTranslationRows;
}

}  // namespace toyota2mqtt::web
