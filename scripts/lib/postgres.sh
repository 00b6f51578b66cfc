# A private PostgreSQL: data and unix socket in one folder, no TCP, fsync on. Sourced after common.sh.
# One at a time in a script: `private_postgres FOLDER` sets database_url; `stop_postgres` ends it.
# shellcheck shell=bash

postgres_pid=
postgres_data=
postgres_socket=
postgres_shelter=

# PostgreSQL refuses to run as root; the package's own account takes its place then.
postgres_account() {
    ((EUID == 0)) || return 0
    id -u postgres >/dev/null 2>&1 || die 'running as root needs the account "postgres", which the package makes'
    echo "--reuid=postgres --regid=postgres --clear-groups"
}

as_postgres() {
    local account
    read -ra account <<<"$(postgres_account)"
    (cd / && exec setpriv "${account[@]}" "$@")
}

# Where the data of FOLDER live: FOLDER/postgres, or, when that account cannot enter the checkout (/root is closed to
# it), a folder under /var/lib/bursar to which FOLDER/postgres points. The file `checkout` in it names the FOLDER it was
# made for by device and inode: a copied checkout gets data of its own, a moved one keeps its data.
place_data() {
    local folder=$1 link="$1/postgres" mark place
    mark=$(stat -c %d-%i "$folder")
    if [[ -L $link ]]; then
        place=$(readlink "$link")
        if [[ -d $place && $(cat "$place/checkout" 2>/dev/null) == "$mark" ]]; then
            echo "$place"
            return
        fi
        rm "$link"
    fi
    ((EUID != 0)) || chmod 711 "$folder"
    if as_postgres test -x "$folder"; then
        mkdir -p "$link"
        place=$link
    else
        install -d -m 711 /var/lib/bursar
        place=$(mktemp -d /var/lib/bursar/XXXXXXXX)
        echo "$mark" >"$place/checkout"
        # Data made while the checkout lay where the account could enter it.
        [[ ! -d $link ]] || { mv "$link"/* "$place" && rmdir "$link"; }
        ln -s "$place" "$link"
    fi
    # Root acts in this folder, so it stays root's; the account gets data and socket, and only passes through here.
    if ((EUID == 0)); then chmod 711 "$place"; else chmod 700 "$place"; fi
    echo "$place"
}

# An empty folder for the server alone.
own_folder() {
    mkdir "$1"
    chmod 700 "$1"
    ((EUID != 0)) || chown postgres:postgres "$1"
}

# forget_postgres FOLDER: removes the data that place_data made for FOLDER, and nothing else.
forget_postgres() {
    local link="$1/postgres" place
    if [[ -L $link ]]; then
        place=$(readlink "$link")
        if [[ $place == /var/lib/bursar/* && $(cat "$place/checkout" 2>/dev/null) == "$(stat -c %d-%i "$1")" ]]; then
            rm -rf -- "$place"
        fi
    fi
    rm -rf -- "$link"
}

# The programs of the version that made the data, else the newest installed.
postgres_programs() {
    local data=$1 version newest
    newest=$(compgen -G '/usr/lib/postgresql/*/bin/postgres' | sort -V | tail -n 1) || die 'PostgreSQL is not installed'
    version=$(cat "$data/PG_VERSION" 2>/dev/null) || version=
    if [[ -z $version ]]; then
        dirname "$newest"
    elif [[ -x /usr/lib/postgresql/$version/bin/postgres ]]; then
        echo "/usr/lib/postgresql/$version/bin"
    else
        die "$data was made by PostgreSQL $version, which is not installed; --fresh starts over"
    fi
}

percent_encoded() {
    local LC_ALL=C text=$1 i character
    for ((i = 0; i < ${#text}; i++)); do
        character=${text:i:1}
        case $character in
            [a-zA-Z0-9._~-]) printf %s "$character" ;;
            *) printf '%%%02X' "$(($(printf '%d' "'$character") & 255))" ;;
        esac
    done
}

# A server left over by a script that was killed: it is ours if it works in our data folder.
end_leftover() {
    local data=$1 pid
    pid=$(head -n 1 "$data/postmaster.pid" 2>/dev/null) || return 0
    [[ $pid =~ ^[0-9]+$ && $(readlink "/proc/$pid/cwd") == "$data" ]] || return 0
    say "stopping the PostgreSQL that an earlier start left behind (process $pid)"
    kill -INT "$pid"
    for ((i = 0; i < 600; i++)); do
        kill -0 "$pid" 2>/dev/null || return 0
        sleep 0.1
    done
    die "PostgreSQL (process $pid) does not stop"
}

initialise() {
    local programs=$1
    say 'making the private database'
    rm -rf -- "$postgres_data.new"
    own_folder "$postgres_data.new"
    as_postgres "$programs/initdb" --pgdata="$postgres_data.new" --username=postgres --auth=trust --encoding=UTF8 \
        --locale=C.UTF-8 >/dev/null || die 'initdb failed'
    mv "$postgres_data.new" "$postgres_data"
}

wait_until_ready() {
    local programs=$1 log=$2 i
    for ((i = 0; i < 2400; i++)); do
        "$programs/pg_isready" -q -h "$postgres_socket" && return
        kill -0 "$postgres_pid" 2>/dev/null || break
        sleep 0.05
    done
    tail -n 20 "$log" >&2
    die 'PostgreSQL does not start; its last words are above'
}

# private_postgres FOLDER: makes it at the first call, starts it, and sets database_url, which is its owner's, and
# service_url, which is of the role bursar_service, once it answers.
# shellcheck disable=SC2034 # they are for the caller
private_postgres() {
    local folder=$1 place programs account log
    unset "${!PG@}"
    place=$(place_data "$folder")
    postgres_data=$place/data
    postgres_socket=$place/socket
    log=$place/log
    programs=$(postgres_programs "$postgres_data")
    [[ -r $postgres_data/PG_VERSION ]] || initialise "$programs"
    end_leftover "$(realpath "$postgres_data")"
    rm -rf -- "$postgres_socket"
    # A socket's path holds 107 bytes; a checkout may lie deeper than that.
    ((${#postgres_socket} < 85)) || {
        postgres_shelter=$(mktemp -d /tmp/bursar.XXXXXXXX)
        chmod 711 "$postgres_shelter"
        postgres_socket=$postgres_shelter/socket
    }
    own_folder "$postgres_socket"

    say 'starting PostgreSQL'
    read -ra account <<<"$(postgres_account)"
    # A session of its own: Ctrl-C reaches this script alone, which stops the server first and the database after it.
    # The death signal is for a script that is killed without a chance to do so.
    (cd / && exec setsid setpriv "${account[@]}" --pdeathsig INT "$programs/postgres" -D "$postgres_data" \
        -k "\"${postgres_socket//\"/\"\"}\"" -c listen_addresses= -c unix_socket_permissions=0700 \
        -c shared_buffers=256MB -c max_connections=200) >"$log" 2>&1 9>&- &
    postgres_pid=$!
    wait_until_ready "$programs" "$log"

    local psql=("$programs/psql" -X -q -A -t -v ON_ERROR_STOP=1 -h "$postgres_socket" -U postgres -d postgres)
    local role
    for role in bursar bursar_service; do
        [[ $("${psql[@]}" -c "select 1 from pg_roles where rolname = '$role'") == 1 ]] ||
            "${psql[@]}" -c "create role $role login"
    done
    [[ $("${psql[@]}" -c "select 1 from pg_database where datname = 'bursar'") == 1 ]] ||
        "${psql[@]}" -c 'create database bursar owner bursar'
    database_url="postgresql://bursar@/bursar?host=$(percent_encoded "$postgres_socket")"
    service_url="postgresql://bursar_service@/bursar?host=$(percent_encoded "$postgres_socket")"
}

# Fast shutdown: open transactions are rolled back, everything committed is on disk.
stop_postgres() {
    [[ -n $postgres_pid ]] || return 0
    kill -INT "$postgres_pid" 2>/dev/null || true
    wait "$postgres_pid" 2>/dev/null || true
    postgres_pid=
    [[ -z $postgres_shelter ]] || rm -rf -- "$postgres_shelter"
}
