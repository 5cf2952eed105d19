use strict;
use warnings;

my ($url, $task, $query) = @ARGV;
# snippet
use LWP::UserAgent;
use JSON::PP;

binmode STDOUT, ':encoding(UTF-8)';
my $agent = LWP::UserAgent->new;
# end
my %accept = (construct => 'application/n-triples', ask => 'text/csv');
if (my $type = $accept{$task}) {
    my $answer = $agent->post($url, {query => $query}, Accept => $type);
    die $answer->decoded_content if $answer->is_error;
    binmode STDOUT, ':raw';
    print $answer->content;
} else {
    # snippet
    my $answer = $agent->post($url, {query => $query}, Accept => 'application/sparql-results+json');
    die $answer->decoded_content if $answer->is_error;    # the reason, with line and column
    for my $row (@{decode_json($answer->content)->{results}{bindings}}) {
        print $row->{label}{value}, "\n";
    }
    # end
}
