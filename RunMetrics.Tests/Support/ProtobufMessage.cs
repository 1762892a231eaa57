using System.Buffers.Binary;
using System.Text;

namespace RunMetrics.Tests.Support;

/// <summary>A message of Protocol Buffers as it travels: its fields by their numbers, without their names.</summary>
internal sealed class ProtobufMessage
{
    private readonly List<(int Field, ulong Number, ReadOnlyMemory<byte> Bytes)> _fields = [];

    /// <exception cref="InvalidDataException">A field is of no known kind.</exception>
    public ProtobufMessage(ReadOnlyMemory<byte> data)
    {
        while (!data.IsEmpty)
        {
            var key = TakeVarint(ref data);
            var field = (int)(key >> 3);
            switch (key & 7)
            {
                case 0:
                    _fields.Add((field, TakeVarint(ref data), default));
                    break;
                case 1:
                    _fields.Add((field, BinaryPrimitives.ReadUInt64LittleEndian(Take(ref data, 8).Span), default));
                    break;
                case 2:
                    _fields.Add((field, 0, Take(ref data, (int)TakeVarint(ref data))));
                    break;
                case 5:
                    _fields.Add((field, BinaryPrimitives.ReadUInt32LittleEndian(Take(ref data, 4).Span), default));
                    break;
                default:
                    throw new InvalidDataException($"Field {field} is of kind {key & 7}.");
            }
        }
    }

    public bool Has(int field) => _fields.Exists(entry => entry.Field == field);

    public IEnumerable<ProtobufMessage> Messages(int field) => _fields.Where(entry => entry.Field == field).Select(entry => new ProtobufMessage(entry.Bytes));

    /// <summary>The message of a field; an empty one when it is not there.</summary>
    public ProtobufMessage Message(int field) => Messages(field).SingleOrDefault() ?? new ProtobufMessage(default);

    /// <summary>An integer; 0 when it is not there, as the format has it.</summary>
    public long Integer(int field) => (long)_fields.LastOrDefault(entry => entry.Field == field).Number;

    public double Double(int field) => BitConverter.Int64BitsToDouble(Integer(field));

    public string Text(int field) => Encoding.UTF8.GetString(Bytes(field).Span);

    public string Hex(int field) => Convert.ToHexStringLower(Bytes(field).Span);

    private ReadOnlyMemory<byte> Bytes(int field) => _fields.LastOrDefault(entry => entry.Field == field).Bytes;

    private static ReadOnlyMemory<byte> Take(ref ReadOnlyMemory<byte> data, int length)
    {
        var taken = data[..length];
        data = data[length..];
        return taken;
    }

    private static ulong TakeVarint(ref ReadOnlyMemory<byte> data)
    {
        var value = 0UL;
        for (var shift = 0; ; shift += 7)
        {
            var part = Take(ref data, 1).Span[0];
            value |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80)
            {
                return value;
            }
        }
    }
}
