url=$1 task=$2 query=$3
case $task in
construct) wget -qO- --content-on-error --header='Accept: application/n-triples' --header='Content-Type: application/sparql-query' --post-data="$query" "$url" ;;
ask) wget -qO- --content-on-error --header='Accept: text/csv' --header='Content-Type: application/sparql-query' --post-data="$query" "$url" ;;
*)
    # snippet
    wget -qO- --content-on-error --header='Accept: text/csv' --header='Content-Type: application/sparql-query' --post-data="$query" "$url"
    # end
    ;;
esac
