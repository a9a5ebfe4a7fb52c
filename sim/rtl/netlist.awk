# Cells, area and delay of a flat netlist of the cells of cells.lib: awk -f netlist.awk cells.lib NETLIST.blif
# prints "CELLS AREA DELAY". Delay is that of the longest path from an input to an output; a gate takes its parasitic
# delay and more with the input capacitance of what it drives, outputs being no load, wires having none. What is neither
# a cell nor an alias nor a constant was not mapped, and is an error.

function number(text) { gsub(/[^0-9.]/, "", text); return text + 0 }

function fail(why) { print "netlist.awk: " why >"/dev/stderr"; failed = 1; exit 1 }

# The net that drives what an alias names.
function driver(net) { while (net in alias) net = alias[net]; return net }

FNR == 1 { file++ }
file == 1 && $1 ~ /^cell\(/ { cell = $1; sub(/^cell\(/, "", cell); sub(/\).*/, "", cell) }
file == 1 && $1 == "area" { area[cell] = number($3) }
file == 1 && $1 ~ /^pin\(/ && /capacitance/ {
    pin = $1
    sub(/^pin\(/, "", pin); sub(/\).*/, "", pin)
    text = $0
    sub(/.*capacitance : /, "", text)
    capacitance[cell, pin] = number(text)
}
file == 1 && $1 ~ /^cell_rise/ {
    text = $0
    sub(/.*values\("/, "", text)
    split(text, two, ",")
    sub(/".*/, "", two[2])
    parasitic[cell] = number(two[1])
    slope[cell] = (number(two[2]) - number(two[1])) / 64
}
file == 2 && $1 == ".outputs" { for (i = 2; i <= NF; i++) output[$i] }
file == 2 && ($1 == ".subckt" || $1 == ".latch" || ($1 == ".names" && NF > 3)) { fail("not mapped: " $0) }
file == 2 && /^[01-]/ && named == 3 && $0 != "1 1" { fail("not mapped: .names with " $0) }
file == 2 && /^[.]/ { named = $1 == ".names" ? NF : 0 }
file == 2 && $1 == ".names" && NF == 3 { alias[$3] = $2 }
file == 2 && $1 == ".gate" {
    if (!($2 in area))
        fail("no cell " $2)
    cells++
    total += area[$2]
    for (i = 3; i <= NF; i++) {
        at = index($i, "=")
        pin = substr($i, 1, at - 1)
        net = substr($i, at + 1)
        if (pin == "Y")
            out = net
        else {
            sinks[++uses] = net
            drives[uses] = cells
            pins_c[uses] = capacitance[$2, pin]
        }
    }
    gate[out] = cells
    net_of[cells] = out
    kind[cells] = $2
}
END {
    if (failed)
        exit 1
    for (i = 1; i <= uses; i++) {
        net = driver(sinks[i])
        load[net] += pins_c[i]
        if (net in gate) {
            waits[drives[i]]++
            after[net] = after[net] " " drives[i]
        }
    }
    # A gate's time is known when those of its inputs are; inputs and constants are there from the start.
    for (i = 1; i <= cells; i++)
        if (!waits[i])
            queue[++last] = i
    for (first = 1; first <= last; first++) {
        i = queue[first]
        net = net_of[i]
        time[net] = arrival[i] + parasitic[kind[i]] + slope[kind[i]] * load[net]
        n = split(after[net], next_gates, " ")
        for (k = 1; k <= n; k++) {
            i = next_gates[k]
            if (time[net] > arrival[i])
                arrival[i] = time[net]
            if (!--waits[i])
                queue[++last] = i
        }
    }
    if (last != cells)
        fail("a loop")
    worst = 0
    for (net in output)
        if (time[driver(net)] > worst)
            worst = time[driver(net)]
    printf "%d %.6f %.6f\n", cells, total, worst
}
