# The recipes of the book, in reading order. Each is a single command that you could type yourself.

# Lists the recipes
[private]
default:
    @just --list --unsorted

# Plays the tour: the main scene of each chapter
[group('the tour')]
tour:
    cargo run

# Lists the chapters and their scenes
[group('the tour')]
list:
    cargo run -- list

# Builds the book and opens it in your browser
[group('the tour')]
book:
    mdbook build book --open

# Plays conversations of your own: just play my.txt, or just play --fill my.txt
[group('the tour')]
[no-exit-message]
play *FILES:
    cargo run -- play {{FILES}}

# Tells what this machine has, and what a missing thing costs
[group('the tour')]
doctor:
    cargo run -- doctor

# Plays the scenes of chapter 1, or one of them
[group('1. addresses')]
ipaddress-demo *SCENE:
    cargo run -- ipaddress-demo {{SCENE}}

# Tells about addresses and networks: just address 10.9.0.0/24
[group('1. addresses')]
address *VALUES:
    cargo run -p ipaddress-demo -- {{VALUES}}

# Plays the scenes of chapter 2, or one of them
[group('2. look-ups')]
lookup-demo *SCENE:
    cargo run -- lookup-demo {{SCENE}}

# Looks up names, services and server addresses: just lookup host localhost
[group('2. look-ups')]
lookup *ARGUMENTS:
    cargo run -p lookup-demo -- {{ARGUMENTS}}

# Plays the scenes of chapter 3, or one of them
[group('3. a server and a client')]
basic-tcp *SCENE:
    cargo run -- basic-tcp {{SCENE}}

# Runs the server of chapter 3, in a terminal of its own
[group('3. a server and a client')]
[no-exit-message]
basic-tcp-server *OPTIONS:
    cargo run -p basic-tcp -- server {{OPTIONS}}

# Runs the client of chapter 3, in another terminal
[group('3. a server and a client')]
[no-exit-message]
basic-tcp-client *OPTIONS:
    cargo run -p basic-tcp -- client {{OPTIONS}}

# Plays the scenes of chapter 4, or one of them
[group('4. many clients, one thread')]
select-server *SCENE:
    cargo run -- select-server {{SCENE}}

# Runs the server of chapter 4, in a terminal of its own: just select-server-server --rounds
[group('4. many clients, one thread')]
[no-exit-message]
select-server-server *OPTIONS:
    cargo run -p select-server -- server {{OPTIONS}}

# Runs a client of chapter 4, in other terminals: just select-server-client --interval 2
[group('4. many clients, one thread')]
[no-exit-message]
select-server-client *OPTIONS:
    cargo run -p select-server -- client {{OPTIONS}}

# Measures what a round costs beside idle clients
[group('4. many clients, one thread')]
select-server-cost:
    cargo run --release -p select-server --example cost_of_select

# Plays the scenes of chapter 5, or one of them
[group('5. many pages at once')]
selectors-fetcher *SCENE:
    cargo run -- selectors-fetcher {{SCENE}}

# Fetches pages, all at once: just fetch --trace localhost:8000
[group('5. many pages at once')]
[no-exit-message]
fetch *URLS:
    cargo run -p selectors-fetcher -- {{URLS}}

# Measures what a wait costs beside idle sockets
[group('5. many pages at once')]
selectors-fetcher-cost:
    cargo run --release -p selectors-fetcher --example cost_of_a_poller

# Plays the scenes of chapter 6, or one of them
[group('6. a thread for each client')]
threaded-server *SCENE:
    cargo run -- threaded-server {{SCENE}}

# Runs the server of chapter 6, in a terminal of its own
[group('6. a thread for each client')]
[no-exit-message]
threaded-server-server *OPTIONS:
    cargo run -p threaded-server -- server {{OPTIONS}}

# Runs a client of chapter 6, in other terminals
[group('6. a thread for each client')]
[no-exit-message]
threaded-server-client *OPTIONS:
    cargo run -p threaded-server -- client {{OPTIONS}}

# Plays the scenes of chapter 7, or one of them
[group('7. a file that arrives whole')]
file-transfer *SCENE:
    cargo run -- file-transfer {{SCENE}}

# Receives files into the folder `received`, in a terminal of its own
[group('7. a file that arrives whole')]
[no-exit-message]
file-transfer-server *OPTIONS:
    cargo run -p file-transfer -- server {{OPTIONS}}

# Sends a file, from another terminal: just file-transfer-client README.md
[group('7. a file that arrives whole')]
[no-exit-message]
file-transfer-client *OPTIONS:
    cargo run -p file-transfer -- client {{OPTIONS}}

# Plays the scenes of chapter 8, or one of them
[group('8. the other sockets')]
other-sockets *SCENE:
    cargo run -- other-sockets {{SCENE}}

# Runs a server of datagrams, in a terminal of its own
[group('8. the other sockets')]
[no-exit-message]
datagram-server *ADDRESS:
    cargo run -p basic-tcp --example first_datagram -- server {{ADDRESS}}

# Runs a client of it, in other terminals
[group('8. the other sockets')]
[no-exit-message]
datagram-client *ADDRESS:
    cargo run -p basic-tcp --example first_datagram -- client {{ADDRESS}}

# Runs another client of it, which hears its server alone, and when nobody is there
[group('8. the other sockets')]
[no-exit-message]
connected-client *ADDRESS:
    cargo run -p basic-tcp --example first_connected -- client {{ADDRESS}}

# Sends more datagrams than there is room for
[group('8. the other sockets')]
flood:
    cargo run -p basic-tcp --example first_flood

# Runs a server at a path, in a terminal of its own: just path-server my.socket
[group('8. the other sockets')]
[no-exit-message]
path-server *PATH:
    cargo run -p basic-tcp --example first_again -- server {{PATH}}

# Runs a client of it, in another terminal: just path-client my.socket
[group('8. the other sockets')]
[no-exit-message]
path-client *PATH:
    cargo run -p basic-tcp --example first_again -- client {{PATH}}

# Runs a server at a path that says who called (Linux); its client is path-client
[group('8. the other sockets')]
[no-exit-message]
owner-server *PATH:
    cargo run -p basic-tcp --example first_owner -- server {{PATH}}

# Runs one server for IPv4 and IPv6
[group('8. the other sockets')]
[no-exit-message]
both-server *OPTIONS:
    cargo run -p basic-tcp --example first_both -- server {{OPTIONS}}

# Runs a client of it: just both-client 127.0.0.1:8888, or just both-client "[::1]:8888"
[group('8. the other sockets')]
[no-exit-message]
both-client ADDRESS="[::1]:8888":
    cargo run -p basic-tcp --example first_both -- client '{{ADDRESS}}'

# Joins a group, in terminals of their own: just group-member ann
[group('8. the other sockets')]
[no-exit-message]
group-member NAME GROUP="[ff01::114]:8888":
    cargo run -p basic-tcp --example first_group -- member '{{GROUP}}' {{NAME}}

# Asks the group who is there
[group('8. the other sockets')]
group-ask *GROUP:
    cargo run -p basic-tcp --example first_group -- ask {{GROUP}}

# Joins a group of IPv4: just everyone-member bob, or just everyone-member bob 127.255.255.255:8888
[group('8. the other sockets')]
[no-exit-message]
everyone-member NAME GROUP="239.255.1.14:8888":
    cargo run -p basic-tcp --example first_everyone -- member '{{GROUP}}' {{NAME}}

# Asks it who is there, or everyone (Linux): just everyone-ask 127.255.255.255:8888 everyone
[group('8. the other sockets')]
everyone-ask *GROUP:
    cargo run -p basic-tcp --example first_everyone -- ask {{GROUP}}

# Runs the server of chapter 4 with `poll`, in a terminal of its own
[group('8. the other sockets')]
[no-exit-message]
poll-server *ADDRESS:
    cargo run -p select-server --example first_poll -- server {{ADDRESS}}

# Runs a client of it, or of selector-server, in other terminals
[group('8. the other sockets')]
[no-exit-message]
poll-client *ADDRESS:
    cargo run -p select-server --example first_poll -- client {{ADDRESS}}

# Runs the same server with a poller
[group('8. the other sockets')]
[no-exit-message]
selector-server *ADDRESS:
    cargo run -p selectors-fetcher --example first_selector -- server {{ADDRESS}}

# Runs a server with a thread for each datagram
[group('8. the other sockets')]
[no-exit-message]
udp-server *ADDRESS:
    cargo run -p threaded-server --example first_datagram_threads -- server {{ADDRESS}}

# Asks it about ports, from other terminals: type one
[group('8. the other sockets')]
[no-exit-message]
udp-client *ADDRESS:
    cargo run -p threaded-server --example first_datagram_threads -- client {{ADDRESS}}

# Lays a program out in my/, for you to write: just start basic-tcp
[group('write it yourself')]
start CHAPTER *OPTIONS:
    cargo run -- start {{CHAPTER}} {{OPTIONS}}

# Plays the scenes with your version, and says what comes next
[group('write it yourself')]
[no-exit-message]
try CHAPTER *OPTIONS:
    cargo run -- try {{CHAPTER}} {{OPTIONS}}

# Tries again whenever you save a file
[group('write it yourself')]
[no-exit-message]
watch CHAPTER:
    cargo run -- watch {{CHAPTER}}

# Helps with the next step: a question, a nudge (2), the code (3)
[group('write it yourself')]
hint CHAPTER *LEVEL:
    cargo run -- hint {{CHAPTER}} {{LEVEL}}

# Shows how the finished program, or one step of it, differs from yours
[group('write it yourself')]
solution CHAPTER *STEP:
    cargo run -- solution {{CHAPTER}} {{STEP}}

# Tests everything: every program, every scene, every include of the book
[group('when you change something')]
test:
    cargo test

# Compares a chapter with its snapshots; writes nothing
[group('when you change something')]
check CHAPTER:
    cargo test --test {{CHAPTER}}

# Measures what servers cost on this machine, in about twenty seconds
[group('when you change something')]
measure *OPTIONS:
    cargo run --release -- measure {{OPTIONS}}

# Draws the pictures of the book anew, or one of them (Linux, with strace)
[group('when you change something')]
pictures *CHAPTER:
    cargo run -- draw {{CHAPTER}}

# Writes what a chapter says now into its scenes, and shows what changed
[group('when you change something')]
bless CHAPTER $INSTA_UPDATE="always":
    cargo test --test {{CHAPTER}}

# Does what the project's continuous integration does
[group('when you change something')]
ci:
    bash .ci/run
