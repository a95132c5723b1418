using System.Globalization;
using System.Text;

namespace Crater.Agent.Faults.Http;

/// <summary>What heads in HTTP/2 say, and those that are not, or not wholly, the server's.</summary>
internal static class Http2Message
{
    public static ReadOnlySpan<byte> Get(List<HeaderField> fields, ReadOnlySpan<byte> name)
    {
        foreach (var field in fields)
        {
            if (field.IsNamed(name))
            {
                return field.Value;
            }
        }

        return [];
    }

    /// <summary>Draws what happens to a request.</summary>
    public static HttpAct Decide(HttpRule rule, List<HeaderField> fields)
    {
        if (rule.IsOver)
        {
            return HttpAct.Pass;
        }

        rule.See();
        if (!rule.Matches(Get(fields, ":method"u8), Get(fields, ":path"u8)))
        {
            return HttpAct.Pass;
        }

        if (rule.Field is not null)
        {
            var isThere = false;
            foreach (var field in fields)
            {
                // What HTTP/1.1 calls host has a name of its own here.
                isThere |= rule.IsField(field.IsNamed(":authority"u8) ? "host"u8 : field.Name, field.Value);
            }

            if (!isThere)
            {
                return HttpAct.Pass;
            }
        }

        return rule.Draw();
    }

    /// <summary>Of an answer; 0 when it is none, but trailers.</summary>
    public static int Status(List<HeaderField> fields) => int.TryParse(Get(fields, ":status"u8), NumberStyles.None, CultureInfo.InvariantCulture, out var status) ? status : 0;

    /// <summary>The head of the rule's own answer.</summary>
    public static List<HeaderField> Answer(HttpRule rule)
    {
        List<HeaderField> fields = [new(":status"u8.ToArray(), Text(rule.Status))];
        if (rule.Status is not (204 or 304))
        {
            fields.Add(new("content-type"u8.ToArray(), Http1Answer.TypeOf(rule).ToArray()));
            fields.Add(new("content-length"u8.ToArray(), Text(rule.Body.Length)));
        }

        return fields;
    }

    /// <summary>The server's head for another body.</summary>
    public static List<HeaderField> Rewrite(List<HeaderField> fields, HttpRule rule)
    {
        List<HeaderField> changed = [.. fields.Where(field => !Http1Answer.IsOfTheBody(field.Name) && !(rule.ContentType.Length > 0 && field.IsNamed("content-type"u8)))];
        if (rule.ContentType.Length > 0)
        {
            changed.Add(new("content-type"u8.ToArray(), rule.ContentType));
        }

        changed.Add(new("content-length"u8.ToArray(), Text(rule.Body.Length)));
        return changed;
    }

    private static byte[] Text(int number) => Encoding.ASCII.GetBytes(number.ToString(CultureInfo.InvariantCulture));
}
