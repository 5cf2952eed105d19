use strict;
use warnings;

my ($url, $task, $query) = @ARGV;
# snippet
use RDF::Query::Client;

binmode STDOUT, ':encoding(UTF-8)';
my $client = RDF::Query::Client->new($query);
my $answer = $client->execute($url) or die $client->http_response->decoded_content;
# end
if ($task eq 'construct') {
    while (my $triple = $answer->next) {
        print join(' ', map { $_->as_ntriples } $triple->subject, $triple->predicate, $triple->object), " .\n";
    }
} elsif ($task eq 'ask') {
    print $answer->get_boolean ? "true\n" : "false\n";
} else {
    # snippet
    while (my $row = $answer->next) {
        print $row->{label}->value, "\n";
    }
    # end
}
