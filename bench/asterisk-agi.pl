#!/usr/bin/perl
# The benchmark's dialog with Perl's Asterisk::AGI (Debian: libasterisk-agi-perl).
use strict;
use warnings;
use Asterisk::AGI;

my $AGI = Asterisk::AGI->new;
$AGI->ReadParse();
$AGI->answer();
$AGI->set_variable('X', '1');
$AGI->get_variable('X');
$AGI->stream_file('beep', '""');
$AGI->get_data('beep', 1000, 4);
$AGI->verbose('done', 1);
