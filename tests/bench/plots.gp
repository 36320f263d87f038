# Plots of the last bench, as SVG. Called with `data` and `out`, the directories to read and to write.
set terminal svg size 720,440 font "sans-serif,13" background "white"
set datafile missing "?"
set grid lc rgb "#dddddd"
set border 3
set tics nomirror
set style line 1 lc rgb "#1b6ca8" lw 2.5 pt 7 ps 0.7
set style line 2 lc rgb "#c0392b" lw 2 pt 5 ps 0.7
set style line 3 lc rgb "#d68910" lw 2 pt 9 ps 0.8
set style line 4 lc rgb "#7f8c8d" lw 1.5 dt 2
set key top left reverse Left

set output out."/dead.svg"
set title "Hosts that never answer: time until the verdict"
set xlabel "dead hosts"
set ylabel "s"
set logscale xy
set xrange [0.9:230]
set yrange [5:30000]
plot data."/dead.dat" using 1:5 with lines ls 4 lc rgb "#c0392b" title "original, computed: 10 s each, then a box with sinkholes", \
     "" using 1:3 with points ls 2 title "original, measured", \
     "" using 1:6 with lines ls 4 lc rgb "#d68910" title "pull request #645, computed: until all are named", \
     "" using 1:2 with linespoints ls 1 title "this repair: all are named", \
     "" using 1:4 with points ls 3 ps 1.4 title "pull request #645, measured: until the first is named"

set output out."/healthy.svg"
set title "Hosts that answer after 20 ms: time until the zones are made"
set xlabel "hosts"
set ylabel "ms"
set xrange [0.9:600]
set yrange [10:20000]
plot data."/healthy.dat" using 1:3 with linespoints ls 2 pt 4 ps 1.3 title "original, one by one", \
     "" using 1:4 with linespoints ls 3 title "pull request #645, one by one", \
     "" using 1:2 with linespoints ls 1 title "this repair (256 at a time)", \
     "" using 1:5 with lines ls 4 title "one round trip"

set output out."/rules.svg"
set title "Plan with the answers at hand"
set xlabel "rules"
set ylabel "ms of processor time"
set y2label "KiB of heap"
set y2tics
set logscale y2
set xrange [8:13000]
set yrange [0.005:100]
set y2range [3:10000]
plot data."/rules.dat" using 1:4 with linespoints ls 1 title "time (left)", \
     "" using 1:5 axes x1y2 with linespoints ls 3 title "heap at its peak (right)", \
     "" using 1:2 axes x1y2 with lines ls 4 title "the JSON itself (right)"
unset y2label
unset y2tics
unset logscale

set title "Starts of the published shims, from process to machine (to 40 ms)"
set xlabel "ms"
set ylabel "share of the starts"
set xrange [0:40]
set yrange [0:1]
set key bottom right noreverse
measured(version) = system("test -s ".data."/attach-".version.".dat && echo 1 || echo 0") + 0
if (measured("0.9.7") && measured("0.10.0")) {
    set output out."/attach.svg"
    plot data."/attach-0.9.7.dat" using 2:1 with steps ls 4 lc rgb "#1b6ca8" title "0.9.7 plain", \
         "" using 3:1 with steps ls 1 title "0.9.7 repaired", \
         data."/attach-0.10.0.dat" using 2:1 with steps ls 4 lc rgb "#c0392b" title "0.10.0 plain", \
         "" using 3:1 with steps ls 2 title "0.10.0 repaired"
} else {
    print "no shims were measured: no attach.svg"
}

set terminal svg size 820,520 font "sans-serif,13" background "white"
set output out."/passthrough.svg"
set title "What a hook adds to a call that is none of its business"
set xlabel ""
set ylabel "ns for the whole call"
set xrange [*:*]
set yrange [1:1000]
set logscale y
set style data histograms
set style histogram clustered gap 1
set style fill solid
set bmargin 8
set rmargin 20
set xtics rotate by -25 noenhanced font ",11"
set key top left reverse Left
plot data."/passthrough.dat" using 2:xtic(1) lc rgb "#bdc3c7" title "no hook", \
     "" using 3 lc rgb "#7f8c8d" title "a hook that does nothing", \
     "" using 4 lc rgb "#1b6ca8" title "this repair"
set output
