<?php
[, $url, $task, $query] = $argv;
// snippet
require 'EasyRdf/autoload.php';

$client = new EasyRdf\Sparql\Client($url);
// end
if ($task === 'construct') {
    echo $client->query($query)->serialise('ntriples');
} elseif ($task === 'ask') {
    echo $client->query($query)->isTrue() ? "true\n" : "false\n";
} else {
    // snippet
    try {
        foreach ($client->query($query) as $row) {
            echo $row->label, "\n";
        }
    } catch (EasyRdf\Http\Exception $problem) {
        fwrite(STDERR, $problem->getBody());  // the reason, with line and column
        exit(1);
    }
    // end
}
