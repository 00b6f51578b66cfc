# Configures and builds a preset. Sourced after common.sh.
# shellcheck shell=bash disable=SC2154

# build_preset PRESET [TARGET…]: everything, or the targets named, into build/PRESET.
build_preset() {
    local preset=$1 folder="$root/build/$1" source='' targets=()
    shift
    (($# == 0)) || targets=(--target "$@")
    # A checkout that was moved carries a cache that names its old place.
    [[ ! -r $folder/CMakeCache.txt ]] ||
        source=$(sed -n 's/^CMAKE_HOME_DIRECTORY:INTERNAL=//p' "$folder/CMakeCache.txt")
    if [[ ! -r $folder/build.ninja || $source != "$root" ]]; then
        say "configuring build/$preset"
        attended cmake --fresh --preset "$preset" -S "$root" >"$root/build/$preset.log" 2>&1 || {
            cat "$root/build/$preset.log" >&2
            die "cmake could not configure $preset"
        }
    fi
    say "building build/$preset"
    NINJA_STATUS='    [%f/%t, %e s] ' attended cmake --build "$folder" "${targets[@]}" || die "the build of $preset failed"
    say "built build/$preset"
}
