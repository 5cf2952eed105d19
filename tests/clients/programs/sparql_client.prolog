:- initialization(main, main).
% snippet
:- use_module(library(semweb/sparql_client)).
% end

main([Url, Task, Query]) :-
    set_stream(user_output, encoding(utf8)),
    uri_components(Url, uri_components(_, Authority, Path, _, _)),
    atomic_list_concat([Host, Text], :, Authority),
    atom_number(Text, Port),
    (   Task == ask
    ->  sparql_query(Query, Answer, [host(Host), port(Port), path(Path)]),
        format("~w~n", [Answer])
    ;   Task == construct
    ->  forall(sparql_query(Query, rdf(S, P, O), [host(Host), port(Port), path(Path)]),
               triple(S, P, O))
    ;   labels(Query, Host, Port, Path)
    ).

triple(S, P, literal(lang(Lang, Text))) :-
    !,
    format("<~w> <~w> \"~w\"@~w .~n", [S, P, Text, Lang]).
triple(S, P, O) :-
    format("<~w> <~w> <~w> .~n", [S, P, O]).

% snippet
labels(Query, Host, Port, Path) :-
    forall(sparql_query(Query, row(_Study, literal(lang(_, Label))), [host(Host), port(Port), path(Path)]),
           format("~w~n", [Label])).
% end
