url=$1 task=$2 query=$3
case $task in
ask) rapper -q -g "$url?query=$(jq -rn --arg q "$query" '$q | @uri')" ;;
*)
    # snippet
    rapper -q -g "$url?query=$(jq -rn --arg q "$query" '$q | @uri')" -o ntriples
    # end
    ;;
esac
