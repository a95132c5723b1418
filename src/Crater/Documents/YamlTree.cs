using Crater.Diagnostics;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Crater.Documents;

/// <summary>Builds the tree of a YAML text from the parser's events, so that aliases, merge keys and tags are under our own rules.</summary>
internal sealed class YamlTree(string text, ReadLimits limits, List<Problem> problems)
{
    private readonly Parser _parser = new(new Scanner(new StringReader(text)));
    private readonly Dictionary<string, DocumentNode?> _anchors = new(StringComparer.Ordinal);
    private int _depth;

    public DocumentNode Read()
    {
        try
        {
            Next();
            if (Next() is StreamEnd)
            {
                throw Unreadable("CRT1005", "The document is empty.", Mark.Empty);
            }

            var root = Node(Next());
            Next();
            return Next() is StreamEnd
                ? root
                : throw Unreadable("CRT1109", "The text has more than one document (a second ---). Keep one document in a file.", _parser.Current!.Start);
        }
        catch (YamlException error)
        {
            throw new UnreadableException(YamlSyntax.Explain(error, text));
        }
        catch (Exception error) when (error is InvalidOperationException or ArgumentException or IndexOutOfRangeException)
        {
            // The scanner has no rule for some broken escapes and then fails in other ways.
            throw Unreadable("CRT1101", $"This is not YAML: {error.Message}", _parser.Current?.End ?? Mark.Empty);
        }
    }

    private ParsingEvent Next() => _parser.MoveNext() ? _parser.Current! : throw new SemanticErrorException("the text ends too early");

    private DocumentNode Node(ParsingEvent current)
    {
        var node = current switch
        {
            Scalar scalar => Anchored(scalar, () => YamlScalar(scalar)),
            MappingStart map => Anchored(map, () => Map(map)),
            SequenceStart list => Anchored(list, () => List(list)),
            AnchorAlias alias => Aliased(alias),
            _ => throw Unreadable("CRT1101", "A value is missing here.", current.Start),
        };
        return node.Size <= limits.NodesMax
            ? node
            : throw Unreadable("CRT1106", $"With its aliases written out the document has more than {limits.NodesMax} nodes.", current.Start);
    }

    private DocumentNode Anchored(NodeEvent current, Func<DocumentNode> read)
    {
        if (++_depth > limits.DepthMax)
        {
            throw Unreadable("CRT1107", $"Maps and lists nest deeper than {limits.DepthMax}.", current.Start);
        }

        var anchor = current.Anchor.IsEmpty ? null : current.Anchor.Value;
        if (anchor is not null)
        {
            _anchors[anchor] = null;
        }

        var node = read();
        if (anchor is not null)
        {
            _anchors[anchor] = node;
        }

        _depth--;
        return node;
    }

    private DocumentNode Aliased(AnchorAlias alias)
    {
        if (!_anchors.TryGetValue(alias.Value.Value, out var node))
        {
            throw Unreadable("CRT1112", $"The alias *{alias.Value.Value} has no anchor &{alias.Value.Value} before it.", alias.Start);
        }

        return node ?? throw Unreadable("CRT1105", $"The alias *{alias.Value.Value} stands inside what it names, so that the document would never end.", alias.Start);
    }

    private MapNode Map(MappingStart start)
    {
        var entries = new MapBuilder(limits.DuplicateKeys, problems);
        List<MapEntry> merged = [];
        RefuseTag(start);
        for (var current = Next(); current is not MappingEnd; current = Next())
        {
            var key = Node(current) as ScalarNode
                ?? throw Unreadable("CRT1111", "A key is a map or a list; keys must be text. Quote it, if braces were meant as text.", current.Start);
            var value = Node(Next());
            if (key.Text == "<<" && current is Scalar { IsPlainImplicit: true, Style: ScalarStyle.Plain })
            {
                merged.AddRange(Merged(value, current.Start));
            }
            else
            {
                entries.Add(new MapEntry(key.Text, value, key.Line, key.Column));
            }
        }

        entries.AddMissing(merged);
        return entries.Build((int)start.Start.Line, (int)start.Start.Column);
    }

    private static IEnumerable<MapEntry> Merged(DocumentNode value, Mark at) => value switch
    {
        MapNode map => map.Entries,
        ListNode list when list.Items.All(item => item is MapNode) => list.Items.Cast<MapNode>().SelectMany(map => map.Entries),
        _ => throw Unreadable("CRT1111", "The merge key << takes a map or a list of maps.", at),
    };

    private ListNode List(SequenceStart start)
    {
        List<DocumentNode> items = [];
        RefuseTag(start);
        for (var current = Next(); current is not SequenceEnd; current = Next())
        {
            items.Add(Node(current));
        }

        return new ListNode(items, (int)start.Start.Line, (int)start.Start.Column);
    }

    // The scanner hands !!map and !!seq on as core tags; they say nothing new.
    private static void RefuseTag(NodeEvent start)
    {
        if (!start.Tag.IsEmpty && !start.Tag.IsNonSpecific && start.Tag.Value is not ("tag:yaml.org,2002:map" or "tag:yaml.org,2002:seq"))
        {
            throw UnknownTag(start);
        }
    }

    private static UnreadableException UnknownTag(NodeEvent node) =>
        Unreadable("CRT1108", $"The tag {node.Tag.Value} is not known; experiments use plain YAML without tags of their own.", node.Start);

    private static ScalarNode YamlScalar(Scalar scalar)
    {
        var (line, column) = ((int)scalar.Start.Line, (int)scalar.Start.Column);
        if (scalar.Tag.IsEmpty || scalar.Tag.IsNonSpecific)
        {
            return ScalarNode.Read(scalar.Value, scalar.Style == ScalarStyle.Plain && scalar.Tag.IsEmpty, line, column);
        }

        return scalar.Tag.Value switch
        {
            "tag:yaml.org,2002:str" => ScalarNode.OfText(scalar.Value, line, column),
            "tag:yaml.org,2002:int" or "tag:yaml.org,2002:float" or "tag:yaml.org,2002:bool" or "tag:yaml.org,2002:null" =>
                ScalarNode.Read(scalar.Value, isPlain: true, line, column),
            _ => throw UnknownTag(scalar),
        };
    }

    private static UnreadableException Unreadable(string code, string message, Mark at) =>
        new(new Problem("", code, message, (int)at.Line, (int)at.Column));
}
