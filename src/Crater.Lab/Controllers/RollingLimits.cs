using System.Globalization;
using System.Text.Json.Nodes;
using Crater.Lab.Store;

namespace Crater.Lab.Controllers;

/// <summary>Counts that may be written as a share.</summary>
internal static class RollingLimits
{
    /// <summary>maxSurge (rounded up) and maxUnavailable (rounded down); never both zero, or nothing could ever move.</summary>
    public static (int Surge, int Unavailable) Of(JsonObject deployment)
    {
        var wanted = deployment.Count(1, "spec", "replicas");
        var rolling = deployment.Map("spec", "strategy", "rollingUpdate");
        var surge = Resolve(rolling.At("maxSurge"), wanted, roundUp: true);
        var unavailable = Resolve(rolling.At("maxUnavailable"), wanted, roundUp: false);
        return surge == 0 && unavailable == 0 ? (0, 1) : (surge, Math.Min(unavailable, wanted));
    }

    /// <returns>The number, or the share of <paramref name="total"/> that a text such as <c>25%</c> means; 0 for what is neither.</returns>
    public static int Resolve(JsonNode? value, int total, bool roundUp)
    {
        if (value.Number() is { } number)
        {
            return (int)number;
        }

        if (!int.TryParse(value.Text().TrimEnd('%'), NumberStyles.None, CultureInfo.InvariantCulture, out var percent))
        {
            return 0;
        }

        return roundUp ? ((percent * total) + 99) / 100 : percent * total / 100;
    }
}
