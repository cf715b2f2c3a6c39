#!/bin/bash
# Run by a fresh systemd: installs Evlock's services, uses them as a technician, breaks them.
# Argument: the file for lines of `name value`, the last one is `end 0`.
told=$1
PATH=/opt/evlock/bin:$PATH
export LD_LIBRARY_PATH=/opt/evlock-python/lib
tell() { echo "$*" >> "$told"; }
now() { systemctl show -p "$2" --value "evlock-$1.service"; }
technician() { setpriv --reuid tech --regid tech --init-groups "$@"; }
until_true() { for _ in $(seq 200); do "$@" && return; sleep 0.2; done; tell never "$*"; tell end 1; exit 1; }
runs() { systemctl is-active -q "evlock-$1.service"; }
killed() { old=$(now "$1" MainPID); kill -9 "$old"; until_true other "$1" "$old"; until_true runs "$1"; }
other() { [ "$(now "$1" MainPID)" -gt 1 ] && [ "$(now "$1" MainPID)" != "$2" ]; }
plant() {
    python -c 'import sys; from firmware.jsonrpc import Client
print(Client("/run/plant/control.sock").call("state")["boards"]["seller"][sys.argv[1]])' "$1"
}
background() { # background NAME COMMAND…: as a service, whose output says when it is ready
    printf '[Service]\nUMask=0000\nEnvironment=PYTHONDONTWRITEBYTECODE=1\nExecStart=%s\nStandardOutput=file:/run/%s.out\n' "${*:2}" "$1" \
        > "/run/systemd/system/$1.service"
    systemctl daemon-reload
    systemctl start "$1"
    until_true grep -qE 'ready|socket' "/run/$1.out"
}
python=/opt/evlock/bin/python
python() { "$python" "$@"; }

useradd --system --user-group --no-create-home tech
evlock install --board virtual --json > /dev/null
tell install $?
usermod -aG evlock tech
if ! (ulimit -l unlimited) 2> /dev/null; then # here not even root may lock memory without a limit
    mkdir /run/systemd/system/evlock-secured.service.d
    printf '[Service]\nExecStart=\nExecStart=/opt/evlock/bin/evlock-secured --allow unlocked-memory\n' \
        > /run/systemd/system/evlock-secured.service.d/allow.conf
    systemctl daemon-reload
    tell allowed unlocked-memory
fi
mkdir /run/plant /run/operator
sed -i 's|plant.sock|/run/plant/plant.sock|' /etc/evlock/board.toml
background plant /opt/evlock/bin/evlock plant --socket /run/plant/plant.sock --control /run/plant/control.sock
background chain /opt/evlock/bin/evlock devchain --port 8545 --state /run/operator/chain

systemctl enable --now evlock.target
until_true runs meterd
technician evlock key provision --rated-power-w 100 --passphrase-file /dev/null --json > /dev/null
tell provision $?
address() { technician evlock key address | awk -v what="$1" '$1 == what {print $2}'; }
cd /run/operator || exit
evlock contracts deploy --rpc http://127.0.0.1:8545
evlock pki create-ca
evlock contracts enroll --rpc http://127.0.0.1:8545 --rated-power-w 100 --fund-wei 100000000000000000 \
    --meter "$(address meter)" --account "$(address account)"
technician evlock secure-world link-request --out /tmp/request.pem --json > /dev/null
evlock pki issue /tmp/request.pem --meter "$(address meter)" --out /etc/evlock/pki
cp contracts.json /etc/evlock/
systemd-tmpfiles --create /etc/tmpfiles.d/evlock.conf
printf '[node]\nname = "house"\n[chain]\nrpc = "http://127.0.0.1:8545"\n[link]\nlisten = "127.0.0.1:7400"\n' \
    >> /etc/evlock/node.toml
evlock owner new --no-passphrase --out owner.key > /dev/null
echo 271828 > pin
evlock secure-world claim --owner-key owner.key --pin-file pin
evlock secure-world policy propose --book contracts.json --role seller --owner-key owner.key --set
until_true runs noded
for program in secured meterd noded; do
    status=/proc/$(now $program MainPID)/status
    tell "$program" "$(awk '/^(CapBnd|NoNewPrivs|Seccomp):/ {printf "%s%s ", $1, $2}' "$status")"
    tell "$program-alone" "$([ "$(readlink "${status%status}ns/net")" != "$(readlink /proc/1/ns/net)" ] && echo yes)"
done
for name in secured-admin secured-meter secured-node meterd meterd-admin noded; do
    for user in nobody tech evlock-meterd evlock-noded; do
        setpriv --reuid $user --regid "$(id -g $user)" --init-groups "$python" -c "import os, sys
sys.exit(not os.access('/run/evlock/$name.sock', os.W_OK))" && tell "open-$name" $user
    done
done
technician evlock status > /dev/null
tell status $?
weaker=$(technician evlock secure-world info --json | "$python" -c 'import json, sys; print(json.load(sys.stdin)["isolation"])')
tell weaker "$weaker"

# One dies, the meter does not care; the meter dies, the relays open.
meter=$(now meterd MainPID)
killed noded
tell same-meter "$([ "$meter" = "$(now meterd MainPID)" ] && echo yes)"
technician evlock meter load on > /dev/null
tell reference-before "$(plant reference_closed)"
killed meterd
tell reference-after "$(plant reference_closed)"
killed meterd
killed meterd
tell safe-mode "$(technician evlock safe-mode status --json)"
technician evlock sell --amount-uwh 1000 --price 1000 2>> "$told"
tell sell $?
technician evlock safe-mode leave > /dev/null
tell leave $?

# The watchdog: a process that does nothing any more is ended and started again.
old=$(now meterd MainPID)
kill -STOP "$old"
until_true other meterd "$old"
until_true runs meterd
tell watchdog "$(journalctl -o cat -u evlock-meterd | grep -c "Failed with result 'watchdog'")"

evlock install --remove > /dev/null
tell remove $?
tell left "$(systemctl list-units --plain --no-legend 'evlock*' | wc -l) $(find /run/evlock -type s | wc -l)"
tell kept "$(find /etc/evlock -maxdepth 1 -name '*.toml' | wc -l) $(test -e /var/lib/evlock/secured/state.db && echo keys)"
tell end 0
