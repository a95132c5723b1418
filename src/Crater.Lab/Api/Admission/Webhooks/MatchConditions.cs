using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Crater.Lab.Api.Expressions;
using Crater.Lab.Store;

namespace Crater.Lab.Api.Admission.Webhooks;

/// <summary>The <c>matchConditions</c> of a webhook: expressions in CEL about the object, the one before and the request. It is asked only where all hold; <c>authorizer</c> is not there.</summary>
internal static class MatchConditions
{
    /// <summary>As the real server limits them.</summary>
    public const int CountMax = 64;

    private static readonly ConcurrentDictionary<string, Expression> Known = new();

    /// <exception cref="ExpressionException">It is not CEL, or uses what the lab does not have (CRT8050).</exception>
    public static Expression Read(string text) => Known.GetOrAdd(text, one => Expression.Read(one, "object", "oldObject", "request"));

    /// <param name="request">The request as the webhook would see it.</param>
    /// <exception cref="ExpressionException">A condition cannot be evaluated, and no other one says no.</exception>
    public static bool Hold(JsonObject webhook, JsonNode request)
    {
        var bare = request.DeepClone().AsObject();
        (bare["object"], bare["oldObject"]) = (null, null);
        Dictionary<string, object?> names = new()
        {
            ["object"] = Expression.ValueOf(request["object"]),
            ["oldObject"] = Expression.ValueOf(request["oldObject"]),
            ["request"] = Expression.ValueOf(bare),
        };
        ExpressionException? failed = null;
        foreach (var condition in webhook.Each("matchConditions"))
        {
            try
            {
                if (!Read(condition.Text("expression")).IsTrue(names))
                {
                    return false;
                }
            }
            catch (ExpressionException unclear)
            {
                failed ??= unclear;
            }
        }

        return failed is null ? true : throw failed;
    }

    public static void Check(JsonObject webhook, string at, FieldErrors errors)
    {
        var names = new HashSet<string>();
        foreach (var (condition, index) in webhook.Each("matchConditions").Select((condition, index) => (condition, index)))
        {
            var (here, name, text) = ($"{at}.matchConditions[{index}]", condition.Text("name"), condition.Text("expression"));
            if (name.Length == 0)
            {
                errors.Required($"{here}.name");
            }
            else if (!names.Add(name))
            {
                errors.Duplicate($"{here}.name", name);
            }

            if (text.Trim().Length == 0)
            {
                errors.Required($"{here}.expression");
                continue;
            }

            try
            {
                Read(text);
            }
            catch (ExpressionException wrong)
            {
                errors.Invalid($"{here}.expression", text, wrong.Message);
            }
        }

        if (webhook.Each("matchConditions").Count() is > CountMax and var count)
        {
            errors.Invalid($"{at}.matchConditions", count, $"must have at most {CountMax} items");
        }
    }
}
