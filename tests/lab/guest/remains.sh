# What a box that failed has left of itself, the newest lines of each: remains.sh DIRECTORY
for file in "$1"/logs/* "$1"/shim.stderr "$1"/exit; do
    echo "## $file"
    tail -n 15 "$file" | cut -c 1-400 | sed 's/^/##   /'
done 2>&1
echo "## the machine's processes and its kernel"
{
    ps -eo pid,ppid,stat,args | grep -v '\[.*\]$'
    dmesg | tail -n 12
} | cut -c 1-300 | sed 's/^/##   /'
