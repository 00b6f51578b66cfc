# The Debian packages that bursar needs, and their installation. Sourced after common.sh.
# shellcheck shell=bash

# group | package | why | command that makes the package unnecessary when it is there already
package_table() {
    local boost=$1
    cat <<TABLE
build|g++|the compiler|g++
build|cmake|configures the build|cmake
build|ninja-build|runs the build|ninja
build|ccache|makes the second build a matter of seconds|ccache
build|libboost$boost-dev|Asio, Beast, System, Describe: the event loop and HTTP|
build|libboost-json$boost-dev|the JSON reader|
build|libboost-url$boost-dev|the parser of URLs|
build|libssl-dev|TLS and SHA-256|
build|libpq-dev|the PostgreSQL client library|
build|prometheus-cpp-dev|the metrics registry|
build|zlib1g-dev|gzip of answers|
build|libabsl-dev|times of day in time zones, splitting, base64url|
build|libargon2-dev|hashes passwords|
build|libcjose-dev|signs and verifies tokens|
build|libmimalloc-dev|the allocator: a third fewer instructions a request|
build|libhiredis-dev|speaks to Redis|
build|libutf8proc-dev|normalises names|
build|libpwquality-dev|refuses passwords that are easy to guess|
build|libboost-test$boost-dev|the test framework|
run|postgresql|the private database server|/usr/lib/postgresql/*/bin/postgres
run|cracklib-runtime|the dictionary that new passwords are held against|
run|tzdata|the time zones of scheduled transfers|/usr/share/zoneinfo/UTC
run|python3|scripts/check-chain|python3
run|curl|asks whether the server is ready; the example lines use it|curl
test|nginx|the contract tests stand behind it|/usr/sbin/nginx
test|haproxy|likewise|/usr/sbin/haproxy
test|redis-server|shared rate limits are tested with it|redis-server
test|pgbouncer|the tests of poolers stand behind it|/usr/sbin/pgbouncer
test|libfaketime|the tests of clocks that jump set one|/usr/lib/*/faketime/libfaketime.so.1
test|openssl|makes the certificates of the TLS tests|openssl
lint|git|lists the tracked files|git
lint|clang-format-14|the layout of the sources|clang-format-14
lint|clang-tidy-14|the mistakes that compilers let pass|clang-tidy-14
lint|libclang-14-dev|has it look at our own code only, in a third of the time|
lint|llvm-14-dev|likewise|
lint|shellcheck|the same for shell scripts|shellcheck
lint|python3|runs the checks of scripts/lib/*.py|python3
bench|wrk|generates the load for /livez|wrk
bench|valgrind|counts instructions|valgrind
bench|nginx|a peer|/usr/sbin/nginx
bench|nodejs|runs the Express peer|node
bench|npm|fetches its modules|npm
bench|python3|runs the harness|python3
contract|nodejs|runs the linter of OpenAPI documents|node
contract|npm|fetches it|npx
contract|python3-venv|keeps Schemathesis apart from the system's Python|
contract|ca-certificates|the registries speak TLS|
contract|default-jdk-headless|runs OpenAPI Generator and compiles its Java client|javac
contract|maven|fetches them|mvn
TABLE
    # Debian's own browsers are built with it; the one called rustc is too old for the crates of a Rust client.
    [[ $boost != 1.81 ]] || echo "contract|cargo-web|compiles a Rust client|cargo"
}

# Boost 1.81 is the oldest that serves and not the default of Debian 12; Ubuntu 24.04 has 1.83 alone.
boost_version() {
    local ID='' VERSION_ID=''
    # shellcheck disable=SC1091
    [[ -r /etc/os-release ]] && . /etc/os-release
    case "$ID:$VERSION_ID" in
        debian:12) echo 1.81 ;;
        ubuntu:24.04) echo 1.83 ;;
        *) return 1 ;;
    esac
}

is_there() {
    local package=$1 stand_in=$2
    if [[ $stand_in == /* ]]; then
        compgen -G "$stand_in" >/dev/null && return
    elif [[ -n $stand_in ]]; then
        command -v "$stand_in" >/dev/null && return
    fi
    [[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) == installed ]]
}

as_root() {
    if ((EUID == 0)); then
        "$@"
    else
        sudo "$@"
    fi
}

# Says nothing unless it fails.
apt_get() {
    local words
    words=$(as_root env DEBIAN_FRONTEND=noninteractive apt-get -y -qq -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 \
        "$@" </dev/null 2>&1) || {
        printf '%s\n' "$words" | tail -n 30 >&2
        return 1
    }
}

apt_install() {
    apt_get install --no-install-recommends --no-remove "$@"
}

# Debian makes and starts a cluster "main" on port 5432 when its PostgreSQL is installed. bursar has no use for it, so
# its making is switched off for the time of the installation, and only for that.
install_postgresql() {
    local settings=/etc/postgresql-common/createcluster.conf
    apt_install postgresql-common
    as_root cp -p "$settings" "$settings.bursar"
    as_root sh -c "echo 'create_main_cluster = false' >>$settings"
    local code=0
    apt_install postgresql || code=$?
    as_root mv "$settings.bursar" "$settings"
    return "$code"
}

# These are wanted as programs. The services that come with them would occupy ports 80, 6379 and 6432 from now on.
switch_off() {
    if [[ -d /run/systemd/system ]]; then
        as_root systemctl disable --quiet --now "$1" || true
    else
        as_root invoke-rc.d --quiet "$1" stop >/dev/null 2>&1 || true
    fi
}

# install_packages GROUP…: what is missing of these groups, by apt-get, as root or through sudo. Quick when nothing is.
install_packages() {
    local boost wanted=" $* " group package stand_in missing=()
    boost=$(boost_version) || {
        say 'neither Debian 12 nor Ubuntu 24.04: nothing is installed here, the packages are taken to be there'
        return 0
    }
    while IFS='|' read -r group package _ stand_in; do
        [[ $wanted == *" $group "* ]] || continue
        is_there "$package" "$stand_in" || missing+=("$package")
    done < <(package_table "$boost")
    ((${#missing[@]})) || return 0

    if ((EUID != 0)) && ! command -v sudo >/dev/null; then
        die "packages are missing; as root: apt-get update && apt-get install --no-install-recommends ${missing[*]}"
    fi
    say "installing, which may take some minutes: ${missing[*]}"
    apt_get update || die 'apt-get update failed'
    local others=()
    for package in "${missing[@]}"; do
        [[ $package == postgresql ]] || others+=("$package")
    done
    if ((${#others[@]})); then
        apt_install "${others[@]}" || die "apt-get could not install: ${others[*]}"
    fi
    for package in "${missing[@]}"; do
        case $package in
            postgresql) install_postgresql || die 'apt-get could not install postgresql' ;;
            nginx | haproxy | redis-server | pgbouncer) switch_off "$package" ;;
        esac
    done
    say 'installed'
}
