package backup

// WriteTables is Write of chosen tables, as a release with another schema has them.
var WriteTables = write

// LeftOut are the tables that no backup has, with the reason.
var LeftOut = leftOut
