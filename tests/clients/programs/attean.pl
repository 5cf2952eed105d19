use strict;
use warnings;

my ($url, $task, $query) = @ARGV;
# snippet
use Attean;

binmode STDOUT, ':encoding(UTF-8)';
my $answer = Attean::SPARQLClient->new(endpoint => $url)->query($query);
# end
if ($task eq 'construct') {
    while (my $triple = $answer->next) {
        print $triple->as_string, "\n";
    }
} elsif ($task eq 'ask') {
    print $answer->next->value, "\n";
} else {
    # snippet
    while (my $row = $answer->next) {
        print $row->value('label')->value, "\n";
    }
    # end
}
