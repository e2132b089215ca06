# dotnet run -c Release --project bench -- growth > growth.txt && gnuplot -e "data='growth.txt'" bench/growth.gp > docs/growth.svg
set terminal svg size 900,460 font "sans-serif,12" background "white"
set multiplot layout 1,2
set logscale x 2
set yrange [0:*]
set key below
set style data linespoints
set xlabel "bytes a message"
set ylabel "ns of processor time a byte"
set format x "2^{%L}"
plot data index 0 using 1:2 title "receive, whole", \
     "" index 0 using 1:3 title "receive, chunks", \
     "" index 0 using 1:4 title "receive, System.Net.WebSockets", \
     "" index 0 using 1:5 title "send, server", \
     "" index 0 using 1:6 title "send, client"
set logscale x 10
set format x "10^{%L}"
set xlabel "connections that take turns"
set ylabel "ns of processor time a message"
plot data index 1 using 1:2 title "1 KiB, in and out"
