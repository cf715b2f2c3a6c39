#!/bin/bash
# As root in new mount, pid, cgroup, network, uts and ipc namespaces: systemd as PID 1 that starts
# try.service. Nothing of the host is written: /etc, /var, /opt are overlays, /sys and /proc/sys
# are read-only. Arguments: SCENARIO FOLDER PYTHON-PREFIX SITE-PACKAGES SOURCE (bash, absolute)
set -e
scenario=$1 folder=$2 prefix=$3 site=$4 source=$5
mount --make-rprivate /
mkdir "$folder/over"
mount -t tmpfs tmpfs "$folder/over"
for place in etc var opt; do
    mkdir -p "$folder/over/$place/upper" "$folder/over/$place/work"
    mount -t overlay overlay \
        -o "lowerdir=/$place,upperdir=$folder/over/$place/upper,workdir=$folder/over/$place/work" "/$place"
done
umount -R -l /sys/fs/cgroup
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p /run/lock /run/systemd/system
mount --bind /sys /sys
mount -o remount,ro,bind /sys
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mount --bind /proc/sys /proc/sys
mount -o remount,ro,bind /proc/sys

# The program where the services may see it, whatever folder of a person's it came from.
for pair in "$prefix:python" "$site:site"; do
    mkdir -p "/opt/evlock-${pair##*:}"
    mount --bind "${pair%:*}" "/opt/evlock-${pair##*:}"
done
mkdir -p "$folder/over/source" "$folder/over/source.work" /opt/evlock-source
mount -t overlay -o "lowerdir=$source,upperdir=$folder/over/source,workdir=$folder/over/source.work" \
    overlay /opt/evlock-source
python=$(ls /opt/evlock-python/bin/python3.?? | head -1)
# As an installer does: bytecode that root has written and nobody else can.
packages="board_configs contracts deploy drivers firmware normal_world secure_world"
(cd /opt/evlock-source && umask 022 && "$python" -m compileall -q $packages \
    && find $packages -name __pycache__ -prune -exec chmod -R go=rX {} +)
"$python" -m venv --without-pip /opt/evlock
printf '%s\n' /opt/evlock-source /opt/evlock-site > /opt/evlock/lib/"$(basename "$python")"/site-packages/here.pth
for entry in evlock=normal_world.cli.main evlock-secured=secure_world.main \
    evlock-meterd=firmware.main evlock-noded=normal_world.main; do
    printf '#!/opt/evlock/bin/python\nimport sys\nfrom %s import main\nsys.exit(main())\n' "${entry##*=}" \
        > "/opt/evlock/bin/${entry%%=*}"
    chmod 755 "/opt/evlock/bin/${entry%%=*}"
done

# Of the host's units only the journal: no udev, no sysctl, no network, no timers.
rm -rf /etc/systemd/system/*.wants
for unit in /lib/systemd/system/{sysinit,basic,local-fs,sockets,timers,multi-user}.target.wants/*; do
    name=$(basename "$unit")
    case $name in systemd-journald* | '*') continue ;; esac
    rm -rf "/etc/systemd/system/$name"
    ln -s /dev/null "/etc/systemd/system/$name"
done
ln -sf /dev/null /etc/systemd/system/network-online.target
# A shared libpython is looked for where the interpreter was built for, which nobody sees here.
printf '[Manager]\nDefaultEnvironment=LD_LIBRARY_PATH=/opt/evlock-python/lib\n' > /etc/systemd/system.conf
printf '[Journal]\nStorage=volatile\nReadKMsg=no\nAudit=no\n' > /etc/systemd/journald.conf
cat > /run/systemd/system/try.target <<UNIT
[Unit]
Requires=basic.target
Wants=try.service
UNIT
cat > /run/systemd/system/try.service <<UNIT
[Unit]
After=basic.target
[Service]
Type=oneshot
ExecStart=/bin/bash $scenario $folder/told
StandardOutput=append:$folder/log
StandardError=append:$folder/log
UNIT
exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin container=evlock-test \
    /lib/systemd/systemd --system --unit=try.target --log-target=journal
