#!/bin/sh
# The recipes of README.md for several machines, tried on this one: GNU parallel, by itself and over ssh, Open MPI's
# mpirun, and a Slurm job array on a cluster of one node. Installs what is missing (as root), starts it, runs and
# merges a study, compares it with one run, and stops what it started. Not part of `make test`.
. tests/tap.sh
[ "$(id -u)" -eq 0 ] || { echo "1..0 # skipped: not root"; exit 0; }
export DEBIAN_FRONTEND=noninteractive
[ -x /usr/sbin/sshd ] && had_sshd=yes || had_sshd=
apt-get install -q -y --no-install-recommends parallel openssh-server rsync openmpi-bin slurm-wlm slurm-client munge >"$dir/apt" 2>&1 ||
    { tail -n 3 "$dir/apt"; exit 1; }
# The package opens port 22, now and at every start: nobody asked for that.
[ -n "$had_sshd" ] || systemctl disable --now ssh.service ssh.socket >/dev/null 2>&1

"$BITSWEEP" synth gaussian --rows 64 --columns 128 --seed 1 -o "$dir/x.npy" || exit 1
cat >"$dir/s.yaml" <<'YAML'
name: launched
inputs: [{dump: x.npy}]
metrics: [mse, sqnr_db]
sweep: {grid: {format: [e2m1, e4m3, e5m2, int8, int4, int6], block: [8, 16, 32, 64], scale: [e8m0, fp32]}}
YAML
results="SELECT cell_sha256, c.params, c.scheme, c.status, result_hash, m.name, x.bits FROM cell c
 JOIN value x USING(cell_id) JOIN metric m USING(metric_id) ORDER BY 1, 6"
show()
{
    "$BITSWEEP" query "$results" --db "$1" --format csv
}
# joined NAME: merges NAME.*-of-*.db and compares with the one run
joined()
{
    "$BITSWEEP" merge "$dir/$1.db" "$dir/$1".*-of-*.db >"$dir/merge" 2>&1
    report $? "$1: merged"
    sed 's/^/# /' "$dir/merge" | tail -n 4
    show "$dir/$1.db" >"$dir/$1.csv"
    same "$dir/one.csv" "$dir/$1.csv" "$1: the merged shards are the one run, row for row"
}
expect 0 '48 computed' "$BITSWEEP" run "$dir/s.yaml" --db "$dir/one.db"
show "$dir/one.db" >"$dir/one.csv"

# GNU parallel: here each job says its part, there /N takes it from the job's number
cd "$dir" || exit 1
parallel -j2 --joblog "$dir/log" "$BITSWEEP" run s.yaml --db parallel.db --shard '{}/6' -q ::: 0 1 2 3 4 5 2>"$dir/err"
report $? 'parallel: six jobs'
tail -n 1 "$dir/log" | sed 's/^/# /'
joined parallel
parallel -j2 -N0 "$BITSWEEP" run s.yaml --db sequence.db --shard /4 -q ::: 1 2 3 4 2>"$dir/err"
report $? 'parallel: the part from the number of the job'
joined sequence

# ... and over ssh: a server on the loopback with keys of its own; jobs run in a folder of theirs
ssh=$dir/ssh
mkdir -p "$ssh" /run/sshd
ssh-keygen -q -t ed25519 -N '' -f "$ssh/host" && ssh-keygen -q -t ed25519 -N '' -f "$ssh/user"
cat >"$ssh/conf" <<CONF
ListenAddress 127.0.0.1:26822
HostKey $ssh/host
AuthorizedKeysFile $ssh/user.pub
PidFile $ssh/pid
StrictModes no
UsePAM no
CONF
trap 'kill "$(cat "$ssh/pid")" 2>/dev/null; rm -rf "$dir"' EXIT
/usr/sbin/sshd -f "$ssh/conf" -E "$ssh/log"
report $? 'ssh: a server on the loopback'
echo "2/ssh -p 26822 -i $ssh/user -o IdentitiesOnly=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=$ssh/known 127.0.0.1" >hosts
parallel --sshloginfile hosts --workdir ... --transferfile s.yaml --transferfile x.npy --return 'ssh.{}-of-6.db' --cleanup \
    --joblog "$dir/log" "$BITSWEEP" run s.yaml --db ssh.db --shard '{}/6' -q ::: 0 1 2 3 4 5 2>"$dir/err"
report $? 'parallel over ssh: six jobs'
tail -n 1 "$dir/log" | sed 's/^/# /'
kill "$(cat "$ssh/pid")"
joined ssh

# Open MPI: ranks are parts
mpirun --allow-run-as-root --oversubscribe -np 4 "$BITSWEEP" run s.yaml --db mpi.db --jobs 1 -q >"$dir/out" 2>"$dir/err"
report $? 'mpirun: four ranks'
sed 's/^/# /' "$dir/err" | tail -n 2
joined mpi

# Slurm on one node
slurm=$dir/slurm
mkdir -p "$slurm/state" "$slurm/spool" /run/munge
chmod 755 "$dir"
[ -s /etc/munge/munge.key ] || dd if=/dev/urandom of=/etc/munge/munge.key bs=1024 count=1 2>/dev/null
chown -R munge: /etc/munge /run/munge /var/lib/munge /var/log/munge
chmod 400 /etc/munge/munge.key
host=$(hostname -s)
cat >"$slurm/slurm.conf" <<CONF
ClusterName=loopback
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
AuthType=auth/munge
StateSaveLocation=$slurm/state
SlurmdSpoolDir=$slurm/spool
SlurmctldPidFile=$slurm/ctld.pid
SlurmdPidFile=$slurm/d.pid
SlurmctldLogFile=$slurm/ctld.log
SlurmdLogFile=$slurm/d.log
SlurmctldPort=26817
SlurmdPort=26818
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
MpiDefault=none
ReturnToService=2
SchedulerParameters=sched_interval=1
NodeName=$host NodeAddr=127.0.0.1 CPUs=$(nproc) State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
CONF
export SLURM_CONF=$slurm/slurm.conf
started=
pgrep -x munged >/dev/null || { runuser -u munge -- /usr/sbin/munged && started=yes; }
stop()
{
    scontrol shutdown >/dev/null 2>&1
    sleep 1
    for p in ctld d; do
        [ -s "$slurm/$p.pid" ] && kill "$(cat "$slurm/$p.pid")" 2>/dev/null
    done
    [ -z "$started" ] || kill "$(cat /run/munge/munged.pid)" 2>/dev/null
    rm -rf "$dir"
}
trap stop EXIT
slurmctld -f "$SLURM_CONF" && slurmd -f "$SLURM_CONF"
report $? 'slurm: started'
i=0
while [ $i -lt 60 ] && ! sinfo -h -o %T 2>/dev/null | grep -q idle; do
    sleep 0.5
    i=$((i + 1))
done
sinfo 2>&1 | sed 's/^/# /'
cat >"$dir/job.sh" <<JOB
#!/bin/sh
cd "$dir" && exec "$BITSWEEP" run s.yaml --db slurm.db --jobs 1
JOB
expect 0 'Submitted' sbatch --array=1-8 --output="$dir/slurm-%a.out" --wait "$dir/job.sh"
tail -n 1 "$dir"/slurm-*.out | sed 's/^/# /' | tail -n 4
sacct=$(ls "$dir"/slurm.*-of-8.db 2>/dev/null | wc -l)
[ "$sacct" -eq 8 ]
report $? 'slurm: an array of eight tasks wrote eight databases'
joined slurm
# ranks of srun inside a batch job, which by itself is one process
cat >"$dir/ranks.sh" <<JOB
#!/bin/sh
cd "$dir" && "$BITSWEEP" run s.yaml --db whole.db --jobs 1 && srun --overcommit "$BITSWEEP" run s.yaml --db ranks.db --jobs 1
JOB
expect 0 'Submitted' sbatch -n 2 --output="$dir/ranks.out" --wait "$dir/ranks.sh"
show "$dir/whole.db" >"$dir/whole.csv"
same "$dir/one.csv" "$dir/whole.csv" 'slurm: a batch script of two tasks computes all'
joined ranks
finish
