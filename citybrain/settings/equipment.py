"""Settings of what is installed: devices, cameras, algorithms, backups, the keys of seals."""

from pathlib import Path

from citybrain.settings.ground import BASE_DIR, DEMO, VAR_DIR, env

# --- Devices and readings -----------------------------------------------------------------

# Readings are kept so many days, then dropped by the day; figures of hours so many, those of days
# for ever. Nothing older than the readings kept is taken in.
READING_KEEP_DAYS = max(2, env.int("CITYBRAIN_READING_KEEP_DAYS", default=400))
READING_FIGURE_DAYS = env.int("CITYBRAIN_READING_FIGURE_DAYS", default=1100)
# Calls one device may make in a minute.
DEVICE_CALLS_PER_MINUTE = env.int("CITYBRAIN_DEVICE_CALLS_PER_MINUTE", default=120)
# Single reads of tags are kept so many days, so that none counts twice, and older ones are refused;
# what one reader may store of them in a minute.
TAG_READ_KEEP_DAYS = max(1, env.int("CITYBRAIN_TAG_READ_KEEP_DAYS", default=7))
TAG_READS_PER_MINUTE = env.int("CITYBRAIN_TAG_READS_PER_MINUTE", default=6000)
# The broker of devices: ours (in the folder, its password files written by us) unless an address
# is given. Two ports, because a user name has one password at each; docs/decisions/0059.
MQTT_ENABLED = env.bool("CITYBRAIN_MQTT", default=False)
MQTT_URL = env.str("CITYBRAIN_MQTT_URL", default="")
MQTT_AUTHORITY_FILE = env.str("CITYBRAIN_MQTT_CA", default="")
MQTT_FOLDER = Path(env.str("CITYBRAIN_MQTT_FOLDER", default=str(VAR_DIR / "mqtt")))
MQTT_BIND = env.str("CITYBRAIN_MQTT_BIND", default="127.0.0.1")
MQTT_INNER_PORT = env.int("CITYBRAIN_MQTT_INNER_PORT", default=1883)
MQTT_DEVICE_PORTS = (
    env.int("CITYBRAIN_MQTT_PORT", default=8883),
    env.int("CITYBRAIN_MQTT_SECOND_PORT", default=8884),
)
MQTT_HOSTS = env.list("CITYBRAIN_MQTT_HOSTS", default=["localhost", "127.0.0.1"])
MQTT_CERTIFICATE = env.str("CITYBRAIN_MQTT_CERTIFICATE", default="")
MQTT_CERTIFICATE_KEY = env.str("CITYBRAIN_MQTT_KEY", default="")
MQTT_DEVICE_RATE = max(0.1, env.float("CITYBRAIN_MQTT_DEVICE_RATE", default=10.0))
# Address ranges in which gateways may be asked (Modbus, SNMP, HTTP); never this machine itself,
# but for the simulators of the demo.
DEVICE_NETWORKS = env.list(
    "CITYBRAIN_DEVICE_NETWORKS",
    default=["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fd00::/8"]
    + (["127.0.0.0/8"] if DEMO else []),
)
# Certificates (PEM) gateways asked over TLS must be signed by; "": those the system trusts.
POLLING_AUTHORITY = env.str("CITYBRAIN_POLLING_AUTHORITY", default="")
# Simulated stations answer for the demo's gateways (manage.py field_stations).
DEMO_STATIONS = env.bool("CITYBRAIN_DEMO_STATIONS", default=False)
# Files of readings: where they wait, the largest one, and a folder in which loggers lay them
# down ("": none). Whoever may write there speaks for every device.
READING_FILES_DIR = VAR_DIR / "reading-files"
READING_FILE_MAX_BYTES = env.int("CITYBRAIN_READING_FILE_MAX_MB", default=64) * 2**20
READING_DROP_DIR = env.str("CITYBRAIN_READING_DROP_DIR", default="")

# --- Cameras and algorithms ----------------------------------------------------------------

# Simulated cameras answer for the demo's (manage.py camera_street), at this port; 0: none.
DEMO_CAMERAS_PORT = env.int("CITYBRAIN_DEMO_CAMERAS_PORT", default=0)
# The city's media server, which plays cameras to signed links ("": nothing is played), the key
# those links are signed with, how long one is good, and the largest recording of enforcement.
_street = f"http://127.0.0.1:{DEMO_CAMERAS_PORT}/media" if DEMO and DEMO_CAMERAS_PORT else ""
VIDEO_MEDIA_URL = env.str("CITYBRAIN_VIDEO_MEDIA_URL", default=_street).rstrip("/")
VIDEO_MEDIA_KEY = env.str(
    "CITYBRAIN_VIDEO_MEDIA_KEY", default="the-street-of-drawings-plays-drawings" if _street else ""
)
# How it sends live pictures and recordings: "mjpeg", "hls" or "mp4".
VIDEO_LIVE_DELIVERY = env.str(
    "CITYBRAIN_VIDEO_LIVE_DELIVERY", default="hls" if _street else "mjpeg"
)
VIDEO_RECORD_DELIVERY = env.str(
    "CITYBRAIN_VIDEO_RECORD_DELIVERY", default="hls" if _street else "mjpeg"
)
VIDEO_LINK_MINUTES = env.int("CITYBRAIN_VIDEO_LINK_MINUTES", default=30)
VIDEO_UPLOAD_MAX_BYTES = env.int("CITYBRAIN_VIDEO_UPLOAD_MAX_MB", default=512) * 2**20
VIDEO_RECORDING_DAYS = env.int("CITYBRAIN_VIDEO_RECORDING_DAYS", default=400)
VIDEO_MEDIA_ORIGINS = ["/".join(VIDEO_MEDIA_URL.split("/")[:3])] if VIDEO_MEDIA_URL else []
# Vendors' models: the largest file taken, and what this machine's workers are good for ("gpu",
# "edge-3" ...): work that asks for a label waits for a worker that has it.
ALGORITHM_MODEL_MAX_BYTES = env.int("CITYBRAIN_MODEL_MAX_MB", default=200) * 2**20
ALGORITHM_WORKER_LABELS = env.list("CITYBRAIN_WORKER_LABELS", default=[])

# --- Upkeep: figures, backups (apps.upkeep) ------------------------------------------

# What a scraper of /metrics sends as bearer token; "": there is no such address.
METRICS_TOKEN = env.str("CITYBRAIN_METRICS_TOKEN", default="")
COUNT_REQUESTS = True  # per minute, for the figures of load
BACKUP_ENABLED = env.bool("CITYBRAIN_BACKUP", default=False)
# A file the backup job touches when it is done; "" where a person answers for backups.
BACKUP_MARK = env.str(
    "CITYBRAIN_BACKUP_MARK", default=str(VAR_DIR / "backup.done") if BACKUP_ENABLED else ""
)
# Two places, best on other machines; the key and the sealed settings lie in neither.
BACKUP_DIR = env.str("CITYBRAIN_BACKUP_DIR", default=str(VAR_DIR / "backup"))
BACKUP_SECOND_DIR = env.str("CITYBRAIN_BACKUP_SECOND_DIR", default="")
BACKUP_KEY_FILE = env.str("CITYBRAIN_BACKUP_KEY_FILE", default=str(VAR_DIR / "backup.key"))
BACKUP_SETTINGS_DIR = env.str(
    "CITYBRAIN_BACKUP_SETTINGS_DIR", default=str(VAR_DIR / "backup-settings")
)
# Files kept with the settings besides the secret key and the broker's: /etc/citybrain/env, say.
BACKUP_SETTINGS_PATHS = env.list(
    "CITYBRAIN_BACKUP_SETTINGS_PATHS", default=[str(BASE_DIR / ".env")]
)
# The database server itself, by its owner's role and never through a pooler; its folder on this
# machine; what a command of its account begins with. bin/run tells them of its own database. The
# file its archive command names.
BACKUP_DATABASE = env.db_url("CITYBRAIN_BACKUP_URL", default=env.str("DATABASE_URL"))
BACKUP_PGDATA = env.str("CITYBRAIN_BACKUP_PGDATA", default="/var/lib/postgresql/15/main")
BACKUP_RUN_AS = env.str("CITYBRAIN_BACKUP_RUN_AS", default="")
BACKUP_CONFIGURATION = env.str(
    "CITYBRAIN_BACKUP_CONFIGURATION", default=str(VAR_DIR / "pgbackrest" / "pgbackrest.conf")
)
RESTORE_TEST_DIR = env.str("CITYBRAIN_RESTORE_TEST_DIR", default=str(VAR_DIR / "restore-test"))
RESTORE_TEST_DAYS = env.int("CITYBRAIN_RESTORE_TEST_DAYS", default=7)  # 0: by hand only

# --- Seals ----------------------------------------------------------------------------

# Where the key stores keep their journal, and the software store its encrypted keys. Web
# processes read the authorities' certificates there and nothing else.
SEALS_DIR = Path(env.str("CITYBRAIN_SEALS_DIR", default=str(VAR_DIR / "seals")))
# What the software store encrypts keys with; "" derives it from the secret key (a demo only).
SEALS_KEY_SECRET = env.str("CITYBRAIN_SEALS_KEY_SECRET", default="")
# A token behind PKCS#11: the module's file, the token's label, the PIN; give it to workers only.
SEALS_PKCS11_MODULE = env.str("CITYBRAIN_SEALS_PKCS11_MODULE", default="")
SEALS_PKCS11_TOKEN = env.str("CITYBRAIN_SEALS_PKCS11_TOKEN", default="")
SEALS_PKCS11_PIN = env.str("CITYBRAIN_SEALS_PKCS11_PIN", default="")
# Certificates from a test authority of our own, named as such; and those of real authorities.
SEALS_DEMO_AUTHORITY = env.bool("CITYBRAIN_SEALS_DEMO_AUTHORITY", default=DEMO)
SEALS_AUTHORITIES_DIR = env.str("CITYBRAIN_SEALS_AUTHORITIES_DIR", default="")
# Who stamps seals with the time: "" nobody, "simulator", or "http" (RFC 3161).
SEALS_TSA = env.str("CITYBRAIN_SEALS_TSA", default="simulator" if DEMO else "")
SEALS_TSA_URL = env.str("CITYBRAIN_SEALS_TSA_URL", default="")
# Office files made into PDF by LibreOffice, in workers; bin/run installs it where this is on.
SEALS_OFFICE = env.bool("CITYBRAIN_SEALS_OFFICE", default=False)
# Where the public reaches this city, for the QR code on sealed copies: https://host
SEALS_PUBLIC_ORIGIN = env.str("CITYBRAIN_SEALS_PUBLIC_ORIGIN", default="").rstrip("/")
