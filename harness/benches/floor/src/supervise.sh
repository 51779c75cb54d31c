# Runs one program: `sh -c SCRIPT floor TERM|KILL PROGRAM ARGUMENT…`, `@folder` in an argument is its folder. The end of
# our stdin, which the floor holds open, means that it is done or was killed: then the program, what it started and
# the folder go.
exec 2>/dev/null
trap : HUP INT TERM PIPE
folder=$(mktemp -d) || exit 1
signal=$1
shift
for argument do
    shift
    [ "$argument" = @folder ] && argument=$folder
    set -- "$@" "$argument"
done
export XAUTHORITY="${XAUTHORITY:-$HOME/.Xauthority}" TMPDIR="$folder" HOME="$folder"
unset XDG_CACHE_HOME XDG_CONFIG_HOME XDG_DATA_HOME
cd "$folder" || exit 1
setsid "$@" </dev/null >log 2>&1 &
program=$!
echo "$folder"
exec >/dev/null

read -r _

cd /
unset TMPDIR
tries=0
while [ "$signal" = TERM ] && [ $tries -lt 50 ] && kill -TERM "$program"; do
    tries=$((tries + 1))
    sleep 0.02
done
kill -9 "$program" "-$program"
wait "$program"
# What left the group is known by its environment.
tries=0
while [ $tries -lt 100 ]; do
    strays=$(grep -lsaF "TMPDIR=$folder" /proc/[0-9]*/environ)
    for stray in $strays; do
        stray=${stray#/proc/}
        kill -9 "${stray%/environ}"
    done
    rm -rf "$folder" && [ -z "$strays" ] && break
    tries=$((tries + 1))
    sleep 0.1
done
