# Runs one driver for supervise.rs. Arguments: the folder for run folders, the signal that ends the program (TERM or
# KILL), the program, its arguments, of which `@folder` stands for the run folder. The harness holds our stdin open, and
# nobody else does: its end means that the harness is done or gone, however it ended. Then everything that the driver
# started and wrote goes too.

exec 2>&1
# A signal that reaches us all the same ends the wait below early, and not this shell before it has cleaned up.
trap : HUP INT TERM PIPE

folder=$(mktemp -d "$1/posttrack-XXXXXXXX") || exit 1
signal=$2
shift 2
for argument do
    shift
    [ "$argument" = @folder ] && argument=$folder
    set -- "$@" "$argument"
done

# A browser keeps more in the user's home than its profile, and reads settings there that are not the test's.
export XAUTHORITY="${XAUTHORITY:-$HOME/.Xauthority}" TMPDIR="$folder" HOME="$folder"
unset XDG_CACHE_HOME XDG_CONFIG_HOME XDG_DATA_HOME
cd "$folder" || exit 1
setsid "$@" </dev/null >driver.log 2>&1 &
driver=$!
echo "$folder"
echo "$driver"
exec >/dev/null 2>&1

read -r _

cd /
# What cleans up after itself gets a moment for it.
tries=0
while [ "$signal" = TERM ] && kill -TERM "$driver" && [ "$tries" -lt 50 ]; do
    tries=$((tries + 1))
    sleep 0.02
done
# Its pid as well as its group: the group does not exist before setsid has run.
kill -9 "$driver" "-$driver"
wait "$driver"
# What left the group is known by its environment: Firefox's crash helper does, and outlives the browser by a moment,
# in which it may make the folder anew. A dying process may still be writing, so that one attempt is not enough.
unset TMPDIR
tries=0
while [ "$tries" -lt 300 ]; do
    strays=$(grep -lsaF "TMPDIR=$folder" /proc/[0-9]*/environ)
    for stray in $strays; do
        stray=${stray#/proc/}
        kill -9 "${stray%/environ}"
    done
    rm -rf "$folder" && [ -z "$strays" ] && break
    tries=$((tries + 1))
    sleep 0.1
done
