url=$1 task=$2 query=$3
case $task in
construct)
    curl --silent --fail-with-body -H 'Accept: application/rdf+xml' --data-urlencode "query=$query" "$url" |
        xmlstarlet format
    ;;
ask)
    curl --silent --fail-with-body -H 'Accept: application/sparql-results+xml' --data-urlencode "query=$query" "$url" |
        xmlstarlet select -N s=http://www.w3.org/2005/sparql-results# -t -v //s:boolean
    ;;
*)
    # snippet
    curl --silent --fail-with-body -H 'Accept: application/sparql-results+xml' --data-urlencode "query=$query" "$url" |
        xmlstarlet select -N s=http://www.w3.org/2005/sparql-results# -T -t -m "//s:binding[@name='label']" -v s:literal -n
    # end
    ;;
esac
